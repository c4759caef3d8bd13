import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Between a node and its server: passes on, late, not at all, or refuses. */
export class TcpProxy {
  /** Milliseconds each chunk waits. */
  latency = 0;
  readonly #target: number;
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();
  #held = false;
  #refuses = false;

  private constructor(target: number, server: Server) {
    this.#target = target;
    this.#server = server;
    server.on('connection', (client) => this.#pass(client));
  }

  static async to(target: number): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(target, server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** A black hole: connections stay open and nothing comes through, also of new ones. */
  hold(): void {
    this.#held = true;
    for (const [client, server] of this.#pairs) {
      client.pause();
      server.pause();
    }
  }

  release(): void {
    this.#held = false;
    for (const [client, server] of this.#pairs) {
      client.resume();
      server.resume();
    }
  }

  /** Nothing comes back from the server any more: half open. */
  holdAnswers(): void {
    for (const [, server] of this.#pairs) server.pause();
  }

  /** Ends all connections, and takes no new ones until `accept`. */
  refuse(): void {
    this.#refuses = true;
    this.cut();
  }

  accept(): void {
    this.#refuses = false;
  }

  /** Ends all connections at once. */
  cut(): void {
    for (const [client, server] of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(client: Socket): void {
    if (this.#refuses) {
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.#target, '127.0.0.1');
    const pair: [Socket, Socket] = [client, server];
    this.#pairs.add(pair);
    this.#pipe(client, server);
    this.#pipe(server, client);
    if (this.#held) {
      client.pause();
      server.pause();
    }
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.once('close', end);
    }
  }

  #pipe(from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      if (this.latency === 0) to.write(chunk);
      else setTimeout(() => to.write(chunk), this.latency);
    });
  }
}
