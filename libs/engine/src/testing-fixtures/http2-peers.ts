import { once } from 'node:events';
import {
  connect,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { RawPeer } from './raw-peer.js';

const sessions = new Set<ClientHttp2Session>();
const servers = new Map<Http2Server | Http2SecureServer, Set<ServerHttp2Session>>();

/** Ends every session and server there is. */
export async function closeHttp2(): Promise<void> {
  for (const session of sessions) session.destroy();
  sessions.clear();
  const closing = [...servers].map(async ([server, open]) => {
    for (const session of open) session.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  });
  servers.clear();
  await Promise.all(closing);
}

/** Listens on a free port of 127.0.0.1. @returns the port */
export async function listenHttp2(server: Http2Server | Http2SecureServer): Promise<number> {
  const open = new Set<ServerHttp2Session>();
  servers.set(server, open);
  server.on('session', (session: ServerHttp2Session) => {
    open.add(session);
    session.on('error', () => {});
    session.once('close', () => open.delete(session));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A session with a server on this machine, whose settings have come. */
export async function openSession(
  address: number | string,
  options: Parameters<typeof connect>[1] = {},
): Promise<ClientHttp2Session> {
  const url = typeof address === 'number' ? `http://127.0.0.1:${address}` : address;
  const session = connect(url, { rejectUnauthorized: false, ...options } as object);
  sessions.add(session);
  session.on('error', () => {});
  await once(session, 'remoteSettings');
  return session;
}

/** What an extended CONNECT says that asks for a WebSocket; undefined leaves one out. */
export function connectHeaders(headers: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  const all: OutgoingHttpHeaders = {
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'http',
    ':authority': 'example.com',
    ':path': '/',
    'sec-websocket-version': '13',
    ...headers,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Asks for a WebSocket by hand. */
export function askOver(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders = {},
): { stream: ClientHttp2Stream; peer: RawPeer; answer: Promise<IncomingHttpHeaders> } {
  const stream = session.request(connectHeaders(headers), { endStream: false });
  const answer = new Promise<IncomingHttpHeaders>((resolve, reject) => {
    stream.once('response', resolve);
    stream.once('close', () => reject(new Error(`The stream was reset: ${stream.rstCode}`)));
  });
  answer.catch(() => {});
  return { stream, peer: peerOf(stream, true), answer };
}

/** An open WebSocket by hand. @throws when the server answers anything but 200 */
export async function openOver(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders = {},
): Promise<RawPeer> {
  const { peer, answer } = askOver(session, headers);
  const { ':status': status } = await answer;
  if (Number(status) !== 200) throw new Error(`The server answered ${Number(status)}`);
  return peer;
}

/** A server that speaks WebSocket over HTTP/2 by hand, for clients to be tried on. */
export class RawHttp2Server {
  private readonly arrived: [ServerHttp2Stream, IncomingHttpHeaders][] = [];
  private readonly waiting: ((asked: [ServerHttp2Stream, IncomingHttpHeaders]) => void)[] = [];

  private constructor(readonly port: number) {}

  static async listen(settings = { enableConnectProtocol: true }): Promise<RawHttp2Server> {
    const server = createServer({ settings });
    const raw = new RawHttp2Server(await listenHttp2(server));
    server.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      const next = raw.waiting.shift();
      if (next) next([stream, headers]);
      else raw.arrived.push([stream, headers]);
    });
    return raw;
  }

  async request(): Promise<[ServerHttp2Stream, IncomingHttpHeaders]> {
    return this.arrived.shift() ?? new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Answers the next request 200, with `behind` right after it. */
  async accept(
    headers: OutgoingHttpHeaders = {},
    behind: Buffer = Buffer.alloc(0),
  ): Promise<RawPeer> {
    const [stream] = await this.request();
    stream.respond({ ':status': 200, ...headers });
    const peer = peerOf(stream, false);
    if (behind.length > 0) peer.write(behind);
    return peer;
  }
}

function peerOf(stream: ClientHttp2Stream | ServerHttp2Stream, masks: boolean): RawPeer {
  stream.on('error', () => {});
  // A stream has all of a socket that a peer uses.
  return new RawPeer(stream as unknown as Socket, masks);
}
