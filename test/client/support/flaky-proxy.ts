import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What becomes of a connection: after so many bytes or so long, whichever comes first. */
type Fate = 'cut' | 'half-open' | 'refuse';

/**
 * A TCP proxy on whose connections nobody can rely: it cuts them in the middle of a frame, goes silent
 * without a word, lets bytes wait, and refuses. With `calm` it does no more harm.
 */
export class FlakyProxy {
  readonly #server: Server;
  readonly #random: () => number;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #calm = false;
  /** Connections that came to a bad end, by the kind of it. */
  readonly ends: Record<Fate, number> = { cut: 0, 'half-open': 0, refuse: 0 };

  private constructor(target: number, random: () => number) {
    this.#target = target;
    this.#random = random;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async start(target: number, random: () => number): Promise<FlakyProxy> {
    const proxy = new FlakyProxy(target, random);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get count(): number {
    return this.ends.cut + this.ends['half-open'] + this.ends.refuse;
  }

  calm(): void {
    this.#calm = true;
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    this.#keep(client);
    const dice = this.#random();
    const fate: Fate = dice < 0.8 ? 'cut' : dice < 0.92 ? 'half-open' : 'refuse';
    if (this.#calm) this.#join(client, undefined);
    else if (fate === 'refuse') {
      this.ends.refuse += 1;
      client.destroy();
    } else this.#join(client, fate);
  }

  #join(client: Socket, fate: Fate | undefined): void {
    const server = connect(this.#target, '127.0.0.1');
    this.#keep(server);
    let silent = false;
    let left = fate === undefined ? Infinity : 400 + this.#random() * 15_000;
    const both = (): void => {
      client.destroy();
      server.destroy();
    };
    const end = (): void => {
      if (fate === undefined || silent || client.destroyed) return;
      this.ends[fate] += 1;
      silent = true;
      if (fate === 'cut') both();
      else {
        client.pause();
        server.pause();
        // Long after both ends have given up, so that a host is not full of them.
        this.#later(2_000, both);
      }
    };
    if (fate !== undefined) this.#later(15 + this.#random() * 350, end);
    const late = this.#random() < 0.3 ? () => this.#random() * 15 : () => 0;
    this.#pipe(client, server, late, (bytes) =>
      this.#part(bytes, () => (left -= bytes.length), end),
    );
    this.#pipe(server, client, late, (bytes) => {
      const keep = bytes.length > left ? bytes.subarray(0, Math.max(0, left)) : bytes;
      left -= bytes.length;
      if (left <= 0) queueMicrotask(end);
      return silent ? undefined : keep;
    });
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  }

  #part(bytes: Buffer, count: () => number, end: () => void): Buffer {
    if (count() <= 0) queueMicrotask(end);
    return bytes;
  }

  /** Hands bytes on, in order, some of them late. */
  #pipe(
    from: Socket,
    to: Socket,
    late: () => number,
    part: (bytes: Buffer) => Buffer | undefined,
  ): void {
    let last = Promise.resolve();
    from.on('data', (bytes: Buffer) => {
      const pass = part(bytes);
      if (pass === undefined || pass.length === 0) return;
      const wait = late();
      last = last.then(async () => {
        if (wait > 1) await new Promise<void>((resolve) => this.#later(wait, resolve));
        if (to.writable) to.write(pass);
      });
    });
  }

  #later(milliseconds: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, milliseconds);
    this.#timers.add(timer);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
