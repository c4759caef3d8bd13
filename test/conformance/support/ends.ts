import {
  WebSocket,
  type ClientOptions,
  type WebSocketServer,
  type WebSocketServerOptions,
} from 'nestwire/engine';
import type { RawFrame } from '../../../libs/engine/src/testing-fixtures/raw-frame.js';
import { RawPeer } from '../../../libs/engine/src/testing-fixtures/raw-peer.js';
import { RawServer } from '../../../libs/engine/src/testing-fixtures/raw-server.js';
import { serve } from '../../../libs/engine/src/testing-fixtures/websocket-servers.js';
import { ZlibPeer } from '../../../libs/engine/src/testing-fixtures/zlib-peer.js';
import { Heard } from './heard.js';

export type Role = 'server' | 'client';

/** Each end of a connection, with and without permessage-deflate. */
export const EVERY_END = (['server', 'client'] as const).flatMap((role) =>
  [false, true].map((compressed) => ({ role, compressed, mode: compressed ? 'deflate' : 'plain' })),
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

/** Makes connections whose one end is the engine's, in one role. */
export class Ends {
  private constructor(
    readonly role: Role,
    readonly compressed: boolean,
    private readonly server: WebSocketServer | null,
    private readonly raw: RawServer | null,
    private readonly port: number,
    private readonly options: Options,
  ) {}

  static async create(role: Role, compressed: boolean, options: Options = {}): Promise<Ends> {
    const all = { perMessageDeflate: compressed && DEFLATE, ...options };
    if (role === 'client') {
      const raw = await RawServer.listen();
      return new Ends(role, compressed, null, raw, raw.port, all);
    }
    const { server, port } = await serve(all);
    return new Ends(role, compressed, server, null, port, all);
  }

  /** @param behind sent in the same segment as the peer's part of the handshake */
  async open(behind: Buffer = Buffer.alloc(0)): Promise<End> {
    const extensions: Record<string, string> = this.compressed
      ? { 'Sec-WebSocket-Extensions': 'permessage-deflate' }
      : {};
    if (this.server !== null) {
      // Within the event, for what came with the handshake is handed out right after it.
      const connected = new Promise<[WebSocket, Heard]>((resolve) => {
        this.server!.once('connection', (ws: WebSocket) => resolve([ws, new Heard(ws)]));
      });
      const peer = await RawPeer.upgrade(this.port, { headers: extensions }, behind);
      const [ws, heard] = await connected;
      await peer.readHead();
      return new End(ws, heard, peer, this.role, this.compressed);
    }
    const ws = new WebSocket(`ws://127.0.0.1:${this.port}/`, this.options);
    const heard = new Heard(ws);
    const listening = new Promise<void>((resolve) => ws.once('open', resolve));
    const { peer } = await this.raw!.accept({ headers: extensions }, behind);
    await listening;
    return new End(ws, heard, peer, this.role, this.compressed);
  }
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
