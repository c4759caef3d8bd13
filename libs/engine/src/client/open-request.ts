// Called through the modules: that is where nock, OpenTelemetry and agents for proxies replace them.
import http, { type ClientRequest, type RequestOptions } from 'node:http';
import https from 'node:https';
import net, { type NetConnectOpts, type Socket } from 'node:net';
import tls, { type ConnectionOptions } from 'node:tls';
import type { ResolvedClientOptions } from './client-options.js';
import type { RequestHeaders } from './request-headers.js';
import { serverName, type Target } from './target.js';

/**
 * Begins the HTTP request of an opening handshake; nothing is sent before `end`.
 * @throws whatever `http.request` throws for its options
 */
export function openRequest(
  target: Target,
  headers: RequestHeaders,
  options: ResolvedClientOptions,
): ClientRequest {
  const given = options.request;
  const socketPath = target.socketPath ?? given.socketPath ?? undefined;
  const { secure } = target;
  return (secure ? https : http).request({
    ...(given as RequestOptions),
    // What the URL says is not for the options to say, and the deadline is kept elsewhere.
    protocol: undefined,
    hostname: undefined,
    timeout: undefined,
    auth: undefined,
    method: 'GET',
    headers,
    host: target.host,
    // As text where the URL names it: so agents and `createConnection` get it from `ws`.
    port: target.url.port === '' ? target.port : target.url.port,
    defaultPort: secure ? 443 : 80,
    path: target.path,
    socketPath,
    maxHeaderSize: options.maxHeaderSize,
    // Without an agent Node opens a connection for this request alone, which is what an upgrade needs.
    createConnection: given.createConnection ?? (secure ? connectTls : connectTcp),
  } as RequestOptions);
}

/** `options` come from `http.request`, where `path` is the request target and not a socket's. */
function connectTcp(options: RequestOptions): Socket {
  return net.connect({ ...options, path: options.socketPath } as NetConnectOpts);
}

function connectTls(options: RequestOptions & ConnectionOptions): Socket {
  const { servername, ALPNProtocols, host } = options;
  return tls.connect({
    ...options,
    path: options.socketPath ?? undefined,
    // RFC 6455 4.1/5: the name must be sent. '' is a caller's wish to send none.
    servername: servername ?? serverName(host ?? ''),
    // A server that also speaks HTTP/2 must not choose it: the upgrade is one of HTTP/1.1.
    ALPNProtocols: ALPNProtocols ?? ['http/1.1'],
  } as ConnectionOptions);
}
