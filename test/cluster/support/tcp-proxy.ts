import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** On 127.0.0.1, between a node and its servers: passes on, late, not at all, or refuses. */
export class TcpProxy {
  /** Milliseconds each chunk waits. */
  latency = 0;
  readonly #targets: readonly number[];
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();
  #held = false;
  #refuses = false;
  #turn = 0;

  private constructor(targets: readonly number[], server: Server) {
    this.#targets = targets;
    this.#server = server;
    server.on('connection', (client) => this.#pass(client));
  }

  /** @param targets ports of servers, each connection to the next one */
  static async to(...targets: readonly number[]): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(targets, server);
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

  /**
   * Nothing comes back from the server any more: half open.
   * @param nth only for connections that were opened as the nth of each two; default for all
   */
  holdAnswers(nth?: 0 | 1): void {
    [...this.#pairs].forEach(([, server], index) => {
      if (nth === undefined || index % 2 === nth) server.pause();
    });
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
    const server = connect(this.#targets[this.#turn++ % this.#targets.length] ?? 0, '127.0.0.1');
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
