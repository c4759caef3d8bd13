import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as nestwire from 'nestwire/engine';
import * as ws from 'ws';
import type { Program } from './program.js';

/** What programs use of a connection, which is the same for both libraries. */
export type Socket = ws.WebSocket;

/** Something that has the API of `ws`. */
export interface Library {
  readonly name: string;
  readonly WebSocket: typeof ws.WebSocket;
  readonly WebSocketServer: typeof ws.WebSocketServer;
}

export const NESTWIRE = { name: 'nestwire', ...nestwire } as unknown as Library;
export const WS: Library = {
  name: 'ws',
  WebSocket: ws.WebSocket,
  WebSocketServer: ws.WebSocketServer,
};

/** Servers of both libraries for any number of programs, one for each set of options. */
export class Servers {
  private readonly open = new Map<string, Promise<ws.WebSocketServer>>();
  private readonly waiting = new Map<string, (socket: Socket) => void>();
  private count = 0;

  /** A client of one library that connects to a server of another, and its other end. */
  async connect(
    from: Library,
    to: Library,
    { compression, options }: Program,
  ): Promise<{ client: Socket; accepted: Promise<Socket> }> {
    const { autoPong, allowSynchronousEvents, binaryType } = options;
    const given = {
      autoPong,
      allowSynchronousEvents,
      perMessageDeflate: compression && { threshold: 100 },
    };
    const key = `${to.name} ${JSON.stringify(given)}`;
    let listening = this.open.get(key);
    if (listening === undefined) {
      listening = this.listen(to, given);
      this.open.set(key, listening);
    }
    const { port } = (await listening).address() as AddressInfo;
    const path = `/${++this.count}`;
    const accepted = new Promise<Socket>((resolve) => {
      this.waiting.set(path, (socket) => {
        socket.binaryType = binaryType;
        resolve(socket);
      });
    });
    const client = new from.WebSocket(`ws://127.0.0.1:${port}${path}`, given);
    client.binaryType = binaryType;
    return { client, accepted };
  }

  async stop(): Promise<void> {
    for (const listening of this.open.values()) {
      const server = await listening;
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  private async listen(library: Library, options: ws.ServerOptions): Promise<ws.WebSocketServer> {
    const server = new library.WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
    server.on('connection', (socket: Socket, { url = '' }: IncomingMessage) => {
      this.waiting.get(url)?.(socket);
      this.waiting.delete(url);
    });
    await once(server, 'listening');
    return server;
  }
}
