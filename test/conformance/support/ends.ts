import { createServer } from 'node:http2';
import {
  WebSocket,
  WebSocketServer,
  type ClientOptions,
  type WebSocketServerOptions,
} from 'nestwire/engine';
import {
  askOver,
  listenHttp2,
  openSession,
  RawHttp2Server,
} from '../../../libs/engine/src/testing-fixtures/http2-peers.js';
import type { RawFrame } from '../../../libs/engine/src/testing-fixtures/raw-frame.js';
import { RawPeer } from '../../../libs/engine/src/testing-fixtures/raw-peer.js';
import { RawServer } from '../../../libs/engine/src/testing-fixtures/raw-server.js';
import { serve } from '../../../libs/engine/src/testing-fixtures/websocket-servers.js';
import { ZlibPeer } from '../../../libs/engine/src/testing-fixtures/zlib-peer.js';
import { Heard } from './heard.js';

export type Role = 'server' | 'client';

/** The version of HTTP that has opened a connection: an upgrade of 1.1, or an extended CONNECT of 2 (RFC 8441). */
export type Http = 1 | 2;

/** Each end of a connection, with and without permessage-deflate, over each version of HTTP. */
export const EVERY_END = ([1, 2] as const).flatMap((http) =>
  (['server', 'client'] as const).flatMap((role) =>
    [false, true].map((compressed) => ({
      role,
      compressed,
      http,
      mode: `${compressed ? 'deflate' : 'plain'}${http === 2 ? ' over HTTP/2' : ''}`,
    })),
  ),
);

type Options = Partial<WebSocketServerOptions & ClientOptions>;

/** Context takeover both ways, and nothing too small to be compressed. */
const DEFLATE = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  threshold: 0,
};

/** The engine's end of a connection, and a raw peer at the other. */
export class End {
  private readonly zlib = new ZlibPeer(15, true);

  constructor(
    readonly ws: WebSocket,
    readonly heard: Heard,
    readonly peer: RawPeer,
    readonly role: Role,
    readonly compressed: boolean,
  ) {}

  /** One message as the peer sends it, compressed if that was agreed on, cut at these offsets. */
  async message(
    opcode: 1 | 2,
    payload: Uint8Array | string,
    cuts: readonly number[] = [],
  ): Promise<RawFrame[]> {
    const bytes = this.compressed ? await this.zlib.compress(payload) : Buffer.from(payload);
    const stops = [...cuts.filter((cut) => cut <= bytes.length), bytes.length];
    return stops.map((stop, index) => ({
      opcode: index === 0 ? opcode : 0,
      fin: index === stops.length - 1,
      rsv: this.compressed && index === 0 ? 4 : 0,
      payload: bytes.subarray(index === 0 ? 0 : stops[index - 1], stop),
    }));
  }

  /** The next whole message the peer is sent, inflated if need be. */
  async received(): Promise<[opcode: number, payload: Buffer]> {
    const first = await this.peer.frame();
    const parts = [first.payload];
    let { fin } = first;
    while (!fin) {
      const next = await this.peer.frame();
      parts.push(next.payload);
      ({ fin } = next);
    }
    const bytes = Buffer.concat(parts);
    return [first.opcode, first.rsv === 4 ? await this.zlib.decompress(bytes) : bytes];
  }
}

/** How connections come about: the engine's end and the peer's. */
type Opener = (
  extensions: string | undefined,
  behind: Buffer,
) => Promise<[WebSocket, Heard, RawPeer]>;

/** Makes connections whose one end is the engine's, in one role. */
export class Ends {
  private constructor(
    readonly role: Role,
    readonly compressed: boolean,
    private readonly opener: Opener,
  ) {}

  static async create(
    role: Role,
    compressed: boolean,
    options: Options = {},
    http: Http = 1,
  ): Promise<Ends> {
    const all = { perMessageDeflate: compressed && DEFLATE, ...options };
    const create = OPENERS[`${role}${http}`];
    return new Ends(role, compressed, await create(all));
  }

  /** @param behind sent in the same segment as the peer's part of the handshake, or as soon as may be */
  async open(behind: Buffer = Buffer.alloc(0)): Promise<End> {
    const extensions = this.compressed ? 'permessage-deflate' : undefined;
    const [ws, heard, peer] = await this.opener(extensions, behind);
    return new End(ws, heard, peer, this.role, this.compressed);
  }
}

const OPENERS: Readonly<Record<`${Role}${Http}`, (options: Options) => Promise<Opener>>> = {
  async server1(options) {
    const { server, port } = await serve(options);
    return async (extensions, behind) => {
      const connected = nextHeard(server);
      const headers: Record<string, string> = extensions
        ? { 'Sec-WebSocket-Extensions': extensions }
        : {};
      const peer = await RawPeer.upgrade(port, { headers }, behind);
      const [ws, heard] = await connected;
      await peer.readHead();
      return [ws, heard, peer];
    };
  },
  async client1(options) {
    const raw = await RawServer.listen();
    return async (extensions, behind) => {
      const ws = new WebSocket(`ws://127.0.0.1:${raw.port}/`, options);
      const heard = new Heard(ws);
      const listening = new Promise<void>((resolve) => ws.once('open', resolve));
      const headers: Record<string, string> = extensions
        ? { 'Sec-WebSocket-Extensions': extensions }
        : {};
      const { peer } = await raw.accept({ headers }, behind);
      await listening;
      return [ws, heard, peer];
    };
  },
  /** All of them on one session: what becomes of one is nothing to the others. */
  async server2(options) {
    const http = createServer();
    const server = new WebSocketServer({ ...options, server: http });
    const session = await openSession(await listenHttp2(http));
    return async (extensions, behind) => {
      const connected = nextHeard(server);
      const headers = extensions ? { 'sec-websocket-extensions': extensions } : {};
      const { peer, answer } = askOver(session, headers);
      if (behind.length > 0) peer.write(behind);
      const [ws, heard] = await connected;
      await answer;
      return [ws, heard, peer];
    };
  },
  async client2(options) {
    const raw = await RawHttp2Server.listen();
    const session = await openSession(raw.port);
    return async (extensions, behind) => {
      const ws = new WebSocket(`ws://127.0.0.1:${raw.port}/`, { ...options, session });
      const heard = new Heard(ws);
      const listening = new Promise<void>((resolve) => ws.once('open', resolve));
      const headers = extensions ? { 'sec-websocket-extensions': extensions } : {};
      const peer = await raw.accept(headers, behind);
      await listening;
      return [ws, heard, peer];
    };
  },
};

/** Within the event, for what came with the handshake is handed out right after it. */
function nextHeard(server: WebSocketServer): Promise<[WebSocket, Heard]> {
  return new Promise((resolve) => {
    server.once('connection', (ws: WebSocket) => resolve([ws, new Heard(ws)]));
  });
}

/** Every way to cut `bytes` in two, the whole, and byte by byte. */
export function segmentations(bytes: Buffer, most = 64): Buffer[][] {
  const all = [[bytes], [...bytes].map((byte) => Buffer.from([byte]))];
  const step = Math.max(1, Math.ceil(bytes.length / most));
  for (let at = 1; at < bytes.length; at += step) {
    all.push([bytes.subarray(0, at), bytes.subarray(at)]);
  }
  return all;
}
