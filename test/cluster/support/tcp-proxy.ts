import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** A proxy on 127.0.0.1 that can hold bytes back, close connections, and lead to other servers. */
export class TcpProxy {
  readonly #server: Server;
  readonly #ports: number[];
  readonly #pairs = new Set<readonly [client: Socket, server: Socket]>();
  #turn = 0;
  #held = false;

  private constructor(ports: readonly number[]) {
    this.#ports = [...ports];
    this.#server = createServer((client) => this.#accept(client));
  }

  /** @param ports of servers, each connection to the next one */
  static async start(...ports: readonly number[]): Promise<TcpProxy> {
    const proxy = new TcpProxy(ports);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A black hole: what is open stays open, and nothing passes, in either direction. */
  hold(): void {
    this.#held = true;
    for (const [client, server] of this.#pairs) {
      client.pause();
      server.pause();
    }
  }

  /** Holds back what the server says to the connections that were opened as the nth of each two. */
  holdAnswers(nth: 0 | 1): void {
    [...this.#pairs]
      .filter((_, index) => index % 2 === nth)
      .forEach(([, server]) => server.pause());
  }

  release(): void {
    this.#held = false;
    for (const [client, server] of this.#pairs) {
      client.resume();
      server.resume();
    }
  }

  async close(): Promise<void> {
    for (const [client, server] of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    const server = connect(this.#ports[this.#turn++ % this.#ports.length] ?? 0, '127.0.0.1');
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    const pass = (from: Socket, to: Socket): void => {
      from.on('data', (chunk) => {
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => {
        if (!this.#held) from.resume();
      });
      from.on('error', () => {});
      from.on('close', () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
    };
    pass(client, server);
    pass(server, client);
    if (this.#held) this.hold();
  }
}
