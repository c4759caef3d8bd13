// A CommonJS module compiled from ES syntax, as `esModuleInterop` has it.
import type { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import WebSocket, { WebSocket as Same, WebSocketServer, type RawData } from 'ws';

type Listener = Parameters<WebSocket['on']>[1];

export class ReconnectingClient {
  #ws: WebSocket | undefined;

  constructor(
    private readonly url: string | URL,
    private readonly agent?: Agent,
  ) {}

  open(listener: Listener): WebSocket {
    const { agent } = this;
    const ws = new WebSocket(this.url, {
      agent,
      followRedirects: true,
      maxPayload: 1024,
      createConnection: connect,
      perMessageDeflate: false,
    });
    ws.on('whatever', listener);
    ws.on('message', (data: RawData) => {
      if (Array.isArray(data)) Buffer.concat(data);
      else if (data instanceof ArrayBuffer) Buffer.from(data);
      else data.toString('hex');
    });
    this.#ws = ws;
    return ws;
  }

  get socket(): Socket {
    return (this.#ws as unknown as { _socket: Socket })._socket;
  }

  get isOpen(): boolean {
    return this.#ws?.readyState === Same.OPEN;
  }
}

export const server = new WebSocketServer({ noServer: true, clientTracking: false });
