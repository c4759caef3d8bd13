import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { RawPeer, headerOf, type RawHead } from './raw-peer.js';
import { TEST_CERTIFICATE } from './test-certificate.js';
import { switchingHead, type UpgradeHead } from './upgrade-head.js';

const open = new Set<RawServer>();

/** Ends every raw server there is. */
export async function closeRawServers(): Promise<void> {
  const closing = [...open].map((server) => server.close());
  open.clear();
  await Promise.all(closing);
}

/** A server that speaks HTTP and WebSocket by hand, for clients to be tried on. */
export class RawServer {
  private readonly arrived: RawPeer[] = [];
  private readonly waiting: ((peer: RawPeer) => void)[] = [];
  /** Connections so far. */
  connections = 0;

  private constructor(
    private readonly server: Server,
    readonly secure: boolean,
  ) {
    open.add(this);
    const arrive = (socket: Socket): void => {
      this.connections++;
      const peer = new RawPeer(socket, false);
      const next = this.waiting.shift();
      if (next) next(peer);
      else this.arrived.push(peer);
    };
    server.on(secure ? 'secureConnection' : 'connection', arrive);
    server.on('tlsClientError', () => {});
  }

  static async listen(options: { tls?: boolean } = {}): Promise<RawServer> {
    const server = options.tls
      ? createTlsServer({ ...TEST_CERTIFICATE, allowHalfOpen: true })
      : createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RawServer(server, options.tls === true);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.secure ? 'wss' : 'ws'}://127.0.0.1:${this.port}`;
  }

  /** The next connection. */
  async next(): Promise<RawPeer> {
    const peer = this.arrived.shift();
    return peer ?? new Promise((resolve) => this.waiting.push(resolve));
  }

  /** The next connection and its request. */
  async request(): Promise<{ peer: RawPeer; head: RawHead; key: string }> {
    const peer = await this.next();
    const head = await peer.readHead();
    return { peer, head, key: headerOf(head, 'Sec-WebSocket-Key') ?? '' };
  }

  /** Answers the next request 101, right unless told otherwise, with `behind` in the same segment. */
  async accept(
    response: UpgradeHead = {},
    behind: Buffer = Buffer.alloc(0),
  ): Promise<{ peer: RawPeer; head: RawHead; key: string }> {
    const request = await this.request();
    const head = Buffer.from(switchingHead(request.key, response), 'latin1');
    request.peer.write(Buffer.concat([head, behind]));
    return request;
  }

  async close(): Promise<void> {
    open.delete(this);
    await Promise.all(this.arrived.map((peer) => peer.destroy()));
    await new Promise((resolve) => this.server.close(resolve));
  }
}
