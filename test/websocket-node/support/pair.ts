import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import {
  client as WebSocketClient,
  server as WebSocketServer,
  type connection as Connection,
  type ClientConfig,
  type Message,
  type ServerConfig,
} from 'nestwire/websocket-node';
import {
  closeHttpServers,
  httpServer,
  listen,
} from '../../../libs/engine/src/testing-fixtures/http-servers.js';
import { closeRawPeers } from '../../../libs/engine/src/testing-fixtures/raw-peer.js';
import { closeRawServers } from '../../../libs/engine/src/testing-fixtures/raw-server.js';

export type { Connection };

export interface RunningServer {
  readonly server: WebSocketServer;
  readonly http: Server | HttpsServer;
  readonly port: number;
  readonly url: string;
}

/** Ends all servers and connections of a test. */
export async function closeAll(): Promise<void> {
  await closeHttpServers();
  await closeRawPeers();
  await closeRawServers();
}

/** A server on a port of its own, which accepts every connection unless told otherwise. */
export async function startServer(
  config: Partial<ServerConfig> = {},
  http: Server | HttpsServer = httpServer(),
): Promise<RunningServer> {
  const server = new WebSocketServer({
    httpServer: http,
    autoAcceptConnections: true,
    ...config,
  });
  const port = await listen(http);
  return { server, http, port, url: `ws://127.0.0.1:${port}/` };
}

/** A client's end of a new connection. @throws why it did not come about */
export async function connect(
  url: string,
  protocols: string | readonly string[] | null = null,
  config: ClientConfig = {},
): Promise<Connection> {
  const client = new WebSocketClient(config);
  return new Promise((resolve, reject) => {
    client.once('connect', resolve);
    client.once('connectFailed', reject);
    client.connect(url, protocols);
  });
}

/** Both ends of one connection. */
export async function connectPair(
  serverConfig: Partial<ServerConfig> = {},
  clientConfig: ClientConfig = {},
): Promise<RunningServer & { readonly near: Connection; readonly far: Connection }> {
  const running = await startServer(serverConfig);
  const accepted = once(running.server, 'connect') as Promise<[Connection]>;
  const far = await connect(running.url, null, clientConfig);
  const [near] = await accepted;
  return { ...running, near, far };
}

/** What the next `message` of a connection says. */
export async function nextMessage(connection: Connection): Promise<string | Buffer> {
  const [message] = (await once(connection, 'message')) as [Message];
  return message.type === 'utf8' ? message.utf8Data : message.binaryData;
}

/** Code and description of the `close` that comes. */
export async function closeOf(connection: Connection): Promise<[code: number, text: string]> {
  // Not `once` of node:events, which an 'error' would reject.
  return new Promise((resolve) => connection.once('close', (...args) => resolve(args)));
}
