import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { Http2Code, isHttp2Stream } from '../sending/http2-stream.js';
import { TEST_MASK, rawFrame, takeRawFrames, type RawFrame, type ReadFrame } from './raw-frame.js';
import { upgradeHead, type UpgradeHead } from './upgrade-head.js';

/** The head of an HTTP message, read the obvious way. */
export interface RawHead {
  /** The start line. */
  readonly line: string;
  /** Of a response; 0 for a request. */
  readonly status: number;
  /** By name in lower case, each with all its values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

/** One value of a header, undefined when it is not there. @throws when there are several */
export function headerOf(head: RawHead, name: string): string | undefined {
  const values = head.headers.get(name.toLowerCase()) ?? [];
  if (values.length > 1) throw new Error(`The header ${name} is there ${values.length} times`);
  return values[0];
}

const open = new Set<RawPeer>();

/** Destroys every peer there is. */
export async function closeRawPeers(): Promise<void> {
  const closing = [...open].map((peer) => peer.destroy());
  open.clear();
  await Promise.all(closing);
}

/** One end of a TCP connection, or of a stream of HTTP/2, that speaks HTTP and WebSocket by hand: nothing of it need be right. */
export class RawPeer {
  /** Everything received that was not read yet. */
  bytes: Buffer = Buffer.alloc(0);
  /** Whether the other side has sent its FIN. */
  ended = false;
  /** Whether the other side has reset the connection. */
  wasReset = false;
  private waiting: (() => void)[] = [];

  constructor(
    /** A stream of HTTP/2 stands in for one, too. */
    readonly socket: Socket,
    /** Whether it masks what it sends: it plays the client. */
    private readonly masks = true,
  ) {
    open.add(this);
    // Each write is to be a segment of its own, at once.
    if (!isHttp2Stream(socket)) socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
      this.wake();
    });
    socket.on('end', () => {
      this.ended = true;
      this.wake();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.wasReset ||= error.code === 'ECONNRESET' || error.code === 'EPIPE';
      this.wake();
    });
    socket.on('close', () => this.wake());
  }

  /** Connects to a server on this machine and keeps its own side open until told to end it. */
  static async connect(port: number, options: { tls?: boolean } = {}): Promise<RawPeer> {
    const where = { port, host: '127.0.0.1', allowHalfOpen: true };
    const socket = options.tls
      ? tlsConnect({ ...where, rejectUnauthorized: false })
      : connect(where);
    const peer = new RawPeer(socket);
    await once(socket, options.tls ? 'secureConnect' : 'connect');
    return peer;
  }

  /** Connects and sends an opening handshake, with `behind` in the same segment. */
  static async upgrade(
    port: number,
    head: UpgradeHead = {},
    behind: Buffer = Buffer.alloc(0),
  ): Promise<RawPeer> {
    const peer = await RawPeer.connect(port);
    peer.write(Buffer.concat([Buffer.from(upgradeHead(head), 'latin1'), behind]));
    return peer;
  }

  /** An open WebSocket connection. @throws when the server answers anything but 101 */
  static async open(port: number, head: UpgradeHead = {}): Promise<RawPeer> {
    const peer = await RawPeer.upgrade(port, head);
    const { line, status } = await peer.readHead();
    if (status !== 101) throw new Error(`The server answered ${line}`);
    return peer;
  }

  write(bytes: Buffer | string): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Frames as its role sends them, in one segment. */
  send(...frames: RawFrame[]): void {
    this.write(this.encode(...frames));
  }

  encode(...frames: RawFrame[]): Buffer {
    const mask = this.masks ? TEST_MASK : undefined;
    return Buffer.concat(frames.map((frame) => rawFrame({ mask, ...frame })));
  }

  /** Sends each piece with a write of its own, and a turn of the event loop between them. */
  async trickle(pieces: Iterable<Buffer>): Promise<void> {
    for (const piece of pieces) {
      this.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The next HTTP head. @throws when the connection ends before */
  async readHead(): Promise<RawHead> {
    let end = this.bytes.indexOf('\r\n\r\n');
    while (end < 0) {
      await this.more('an HTTP head');
      end = this.bytes.indexOf('\r\n\r\n');
    }
    const [line = '', ...lines] = this.bytes.toString('latin1', 0, end).split('\r\n');
    this.bytes = this.bytes.subarray(end + 4);
    const headers = new Map<string, string[]>();
    for (const one of lines) {
      const colon = one.indexOf(':');
      const name = one.slice(0, colon).toLowerCase();
      headers.set(name, [...(headers.get(name) ?? []), one.slice(colon + 1).trim()]);
    }
    return { line, status: Number(/^HTTP\/\d\.\d (\d+)/.exec(line)?.[1] ?? 0), headers };
  }

  /** The next frames. @throws when the connection ends before */
  async frames(count: number): Promise<ReadFrame[]> {
    for (;;) {
      const { frames } = takeRawFrames(this.bytes);
      if (frames.length >= count) {
        const taken = frames.slice(0, count);
        for (const frame of taken) this.bytes = this.bytes.subarray(lengthOf(frame));
        return taken;
      }
      await this.more(`frame ${frames.length + 1} of ${count}`);
    }
  }

  async frame(): Promise<ReadFrame> {
    return (await this.frames(1))[0]!;
  }

  /** The next frame, as what it says: its opcode and its text, or its code and reason. */
  async said(): Promise<[opcode: number, ...words: (string | number)[]]> {
    return wordsOf(await this.frame());
  }

  /** All bytes up to the other side's FIN or reset. */
  async readToEnd(): Promise<Buffer> {
    while (!this.isOver) await this.change();
    const { bytes } = this;
    this.bytes = Buffer.alloc(0);
    return bytes;
  }

  /** All frames up to the other side's FIN. */
  async framesToEnd(): Promise<ReadFrame[]> {
    return takeRawFrames(await this.readToEnd()).frames;
  }

  /** Resolves when nothing more can come. */
  async over(): Promise<void> {
    while (!this.isOver) await this.change();
  }

  /** Ends its own side. */
  end(): void {
    this.socket.end();
  }

  /** Sends a reset. */
  reset(): void {
    if (isHttp2Stream(this.socket)) this.socket.close(Http2Code.Cancel);
    else this.socket.resetAndDestroy();
  }

  async destroy(): Promise<void> {
    open.delete(this);
    this.socket.destroy();
    if (!this.socket.closed) await once(this.socket, 'close');
  }

  private get isOver(): boolean {
    return this.ended || this.socket.destroyed;
  }

  private async more(what: string): Promise<void> {
    if (this.isOver) {
      throw new Error(`The connection ended before ${what}: ${this.bytes.toString('latin1')}`);
    }
    await this.change();
  }

  private async change(): Promise<void> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** What a frame says: of a close its code and reason, of others their payload as text. */
export function wordsOf(frame: ReadFrame): [opcode: number, ...words: (string | number)[]] {
  const { opcode, payload } = frame;
  if (opcode !== 8) return [opcode, payload.toString()];
  return payload.length === 0 ? [8] : [8, payload.readUInt16BE(0), payload.toString('utf8', 2)];
}

function lengthOf({ payload, masked, mask }: ReadFrame): number {
  const length = payload.length;
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  return 2 + lengthBytes + (masked ? mask!.length : 0) + length;
}
