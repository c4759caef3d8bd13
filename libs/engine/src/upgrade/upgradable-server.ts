import type { Server } from 'node:http';
import type { Http2SecureServer, Http2Server } from 'node:http2';
import type { Server as HttpsServer } from 'node:https';

/** What WebSockets can be served on: HTTP/1.1 by upgrades, HTTP/2 by extended CONNECT (RFC 8441). */
export type UpgradableServer = Server | HttpsServer | Http2Server | Http2SecureServer;

/** Those of `node:http2`, whose classes are not exported: they alone change the settings of their sessions. */
export function isHttp2Server(server: object): server is Http2Server | Http2SecureServer {
  return typeof Reflect.get(server, 'updateSettings') === 'function';
}
