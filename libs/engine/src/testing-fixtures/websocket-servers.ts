import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { WebSocketServerOptions } from '../ws/websocket-server-options.js';
import { WebSocketServer } from '../ws/websocket-server.js';
import type { WebSocket } from '../ws/websocket.js';

const open = new Set<WebSocketServer>();

/** A server on a free port of 127.0.0.1. */
export async function serve(
  options: WebSocketServerOptions = {},
): Promise<{ server: WebSocketServer; port: number; url: string }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  open.add(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, port, url: `ws://127.0.0.1:${port}` };
}

/** A server that sends each message back as it came. */
export async function serveEcho(options: WebSocketServerOptions = {}): ReturnType<typeof serve> {
  const served = await serve(options);
  served.server.on('connection', (ws: WebSocket) => {
    ws.on('message', (data, isBinary) => ws.send(data as Buffer, { binary: isBinary }));
  });
  return served;
}

/** The next connection of a server. */
export async function nextConnection(server: WebSocketServer): Promise<WebSocket> {
  const [ws] = (await once(server, 'connection')) as [WebSocket];
  return ws;
}

/** Closes every server that was started here, with its connections. */
export async function closeServers(): Promise<void> {
  const closing = [...open].map(async (server) => {
    for (const ws of server.clients ?? []) ws.terminate();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  open.clear();
  await Promise.all(closing);
}
