// A CommonJS module that extends the classes, adds to their types, and listens to several events at once.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import WebSocket, { WebSocketServer } from 'ws';

declare module 'ws' {
  interface WebSocket {
    isAlive?: boolean;
  }
  interface ServerOptions {
    name?: string;
  }
}

export class Traced extends WebSocket {
  override on(event: string | symbol, listener: Parameters<WebSocket['on']>[1]): this {
    return super.on(event, listener);
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    return super.emit(event, ...args);
  }

  // In the types of ws a class has none of these.
  setSocket(socket: Duplex): Duplex {
    return socket;
  }
}

export class Own extends WebSocketServer {
  completeUpgrade(extensions: object, key: string, ...rest: unknown[]): void {
    const { completeUpgrade } = WebSocketServer.prototype as unknown as {
      completeUpgrade: (...args: unknown[]) => void;
    };
    completeUpgrade.call(this, extensions, key, ...rest);
  }

  override handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    accepted: (ws: WebSocket, request: IncomingMessage) => void,
  ): void {
    super.handleUpgrade(request, socket, head, accepted);
  }
}

const wss = new WebSocketServer({ noServer: true, name: 'lobby' });
wss.on('connection', (ws: WebSocket.WebSocket) => (ws.isAlive = true));

export function watch(ws: WebSocket, ends: boolean): void {
  ws.on(ends ? 'ping' : 'pong', (data) => console.log(data.toString('hex')));
  ws.once(ends ? 'close' : 'error', (first) => console.log(first.code ?? first.toFixed()));
  for (const event of ['open', 'close', 'error'] as const) {
    ws.on(event, (first) => console.log(event, first?.message));
    ws.addEventListener(event, ({ type, target }) => console.log(type, target.url));
  }
  wss.off(ends ? 'close' : 'error', (error) => console.error(error.message));
  wss.on(ends ? 'close' : 'listening', function () {
    console.log(this.clients.size);
  });
}
