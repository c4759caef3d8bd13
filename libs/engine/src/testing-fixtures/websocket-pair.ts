import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ClientOptions } from '../ws/client-options.js';
import type { WebSocketServerOptions } from '../ws/websocket-server-options.js';
import { WebSocketServer } from '../ws/websocket-server.js';
import { WebSocket } from '../ws/websocket.js';

interface WebSocketPair {
  readonly server: WebSocketServer;
  /** The server's end. */
  readonly near: WebSocket;
  /** The client's end. */
  readonly far: WebSocket;
}

const open = new Set<WebSocketPair>();

/** Both ends of one open connection. */
export async function websocketPair(
  clientOptions: ClientOptions = {},
  serverOptions: Partial<WebSocketServerOptions> = {},
): Promise<WebSocketPair> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...serverOptions });
  await once(server, 'listening');
  const accepted = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
  const { port } = server.address() as AddressInfo;
  const far = new WebSocket(`ws://127.0.0.1:${port}`, clientOptions);
  await once(far, 'open');
  const pair = { server, near: await accepted, far };
  open.add(pair);
  return pair;
}

/** Ends every pair there is. */
export async function closeWebSocketPairs(): Promise<void> {
  const closing = [...open].map(async ({ server, near, far }) => {
    for (const ws of [near, far]) {
      ws.on('error', () => {});
      if (ws.readyState === WebSocket.CLOSED) continue;
      const closed = once(ws, 'close');
      ws.terminate();
      await closed;
    }
    server.close();
  });
  open.clear();
  await Promise.all(closing);
}

/** The next `count` messages, text as strings and bytes as buffers. */
export async function messages(ws: WebSocket, count: number): Promise<unknown[]> {
  return new Promise((resolve) => {
    const received: unknown[] = [];
    ws.on('message', function take(data, isBinary) {
      received.push(isBinary ? data : (data as Buffer).toString());
      if (received.length < count) return;
      ws.off('message', take);
      resolve(received);
    });
  });
}
