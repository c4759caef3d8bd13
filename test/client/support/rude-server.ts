import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a server does with a connection, byte by byte. */
export type Manners = (line: RudeLine) => void | Promise<void>;

/** A TCP server that keeps no promise it was not told to keep. */
export class RudeServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections that came. */
  count = 0;

  private constructor(manners: Manners) {
    this.#server = createServer((socket) => {
      this.count += 1;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
      void manners(new RudeLine(socket));
    });
  }

  static async start(manners: Manners): Promise<RudeServer> {
    const server = new RudeServer(manners);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** One connection of it. */
export class RudeLine {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(bytes: string | Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  /** Until the client has asked for a WebSocket. @returns the answer to its key */
  async asked(): Promise<string> {
    let head = '';
    while (!head.includes('\r\n\r\n')) {
      const [chunk] = (await once(this.#socket, 'data')) as [Buffer];
      head += chunk.toString('latin1');
    }
    const [, key] = /sec-websocket-key: *(\S+)/i.exec(head) ?? [];
    this.#socket.resume();
    return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  }

  /** The handshake as it should be; '' agrees on no protocol. */
  async letIn(protocol = 'nestwire.1'): Promise<void> {
    const accept = await this.asked();
    this.write(
      [
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${accept}`,
        ...(protocol === '' ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
        '\r\n',
      ].join('\r\n'),
    );
  }

  /** And the answer that opens the connection. */
  async open(): Promise<void> {
    await this.letIn();
    this.write(frame(0x81, '{"event":"$ping","id":0}'));
  }

  /** The same bytes again and again, until nobody is there any more. */
  drip(bytes: Buffer, every: number): void {
    const timer = setInterval(() => this.write(bytes), every);
    this.#socket.on('close', () => clearInterval(timer));
  }
}

/** A frame from a server: its first byte, and a payload of less than 64 KiB. */
export function frame(first: number, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload);
  const length =
    body.length < 126 ? [body.length] : [126, Math.floor(body.length / 256), body.length % 256];
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}
