import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Two ends of one TCP connection. */
export interface SocketPair {
  readonly near: Socket;
  readonly far: Socket;
}

const open = new Set<Socket>();

/** A TCP connection over 127.0.0.1; both ends stay half-open until each is ended. */
export async function socketPair(): Promise<SocketPair> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  const far = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true });
  await once(far, 'connect');
  const near = await accepted;
  server.close();
  open.add(near).add(far);
  return { near, far };
}

/** Destroys every socket handed out, and waits until they are closed. */
export async function closeSocketPairs(): Promise<void> {
  const closing = [...open].map(async (socket) => {
    socket.on('error', () => {});
    socket.destroy();
    if (!socket.closed) await once(socket, 'close');
  });
  open.clear();
  await Promise.all(closing);
}

/** Counts the writes that carry bytes, while they go on as before. */
export function countWrites(socket: Socket): { readonly sizes: number[] } {
  const sizes: number[] = [];
  socket.write = new Proxy(socket.write.bind(socket), {
    apply(write, self, args: unknown[]) {
      const [bytes] = args;
      if (bytes instanceof Uint8Array && bytes.length > 0) sizes.push(bytes.length);
      return Reflect.apply(write, self, args);
    },
  });
  return { sizes };
}

/** Collects what a socket receives, and can be awaited. */
export class ByteReader {
  ended = false;
  private chunks: Buffer[] = [];
  private length = 0;
  private waiting: (() => void)[] = [];

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.length += chunk.length;
      this.wake();
    });
    socket.on('end', () => {
      this.ended = true;
      this.wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => this.wake());
  }

  /** All bytes received, once there are `length` of them. @throws when the socket closes before */
  async read(length: number): Promise<Buffer> {
    while (this.length < length) {
      if (this.socket.closed) throw new Error(`Closed after ${this.length} of ${length} bytes`);
      await this.change();
    }
    return this.all();
  }

  /** All bytes received up to the peer's FIN. */
  async readToEnd(): Promise<Buffer> {
    while (!this.ended && !this.socket.closed) await this.change();
    return this.all();
  }

  private all(): Buffer {
    const bytes = Buffer.concat(this.chunks);
    this.chunks = [bytes];
    return bytes;
  }

  private async change(): Promise<void> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
