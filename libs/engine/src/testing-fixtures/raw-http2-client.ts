import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** RFC 9113 6. */
export const FrameType = { Data: 0, Headers: 1, Reset: 3, Settings: 4, Ping: 6, Goaway: 7, Window: 8, Continuation: 9 } as const; // prettier-ignore
export const END_STREAM = 1;
export const END_HEADERS = 4;

/** A frame that came. */
interface Http2Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const open = new Set<RawHttp2Client>();

/** Destroys every one there is. */
export function closeRawHttp2Clients(): void {
  for (const client of open) client.socket.destroy();
  open.clear();
}

/** Speaks HTTP/2 by hand, without Huffman and without a table of headers: nothing of it need be right. */
export class RawHttp2Client {
  readonly frames: Http2Frame[] = [];
  private bytes: Buffer = Buffer.alloc(0);
  private waiting: (() => void)[] = [];

  private constructor(readonly socket: Socket) {
    open.add(this);
    socket.on('error', () => {});
    socket.on('close', () => this.wake());
    socket.on('data', (chunk: Buffer) => this.read(chunk));
  }

  /** Connects and says hello, which is answered with the server's settings. */
  static async connect(port: number): Promise<RawHttp2Client> {
    const socket = connect(port, '127.0.0.1');
    const client = new RawHttp2Client(socket);
    await once(socket, 'connect');
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    client.send(FrameType.Settings, 0, 0);
    await client.next(({ type, flags }) => type === FrameType.Settings && flags === 0);
    client.send(FrameType.Settings, 1, 0);
    return client;
  }

  send(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): void {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    this.socket.write(Buffer.concat([head, payload]));
  }

  /** A stream's request, each header as a literal that is not indexed (RFC 7541 6.2.2). */
  request(
    stream: number,
    headers: readonly (readonly [string, string])[],
    flags = END_HEADERS,
  ): void {
    this.send(FrameType.Headers, flags, stream, literals(headers));
  }

  reset(stream: number): void {
    this.send(FrameType.Reset, 0, stream, Buffer.from([0, 0, 0, 8]));
  }

  /** The first frame that fits, be it here already. @throws when the connection ends before */
  async next(fits: (frame: Http2Frame) => boolean): Promise<Http2Frame> {
    for (;;) {
      const found = this.frames.find(fits);
      if (found !== undefined) return found;
      if (this.socket.destroyed) throw new Error('The connection ended before');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  async closed(): Promise<void> {
    if (!this.socket.destroyed) await once(this.socket, 'close');
  }

  private read(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    while (this.bytes.length >= 9) {
      const length = this.bytes.readUIntBE(0, 3);
      if (this.bytes.length < 9 + length) break;
      this.frames.push({
        type: this.bytes[3]!,
        flags: this.bytes[4]!,
        stream: this.bytes.readUInt32BE(5),
        payload: this.bytes.subarray(9, 9 + length),
      });
      this.bytes = this.bytes.subarray(9 + length);
    }
    this.wake();
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** What asks for a WebSocket, without the named ones. */
export function connectFields(...without: string[]): [string, string][] {
  const all: [string, string][] = [
    [':method', 'CONNECT'],
    [':protocol', 'websocket'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', 'example.com'],
    ['sec-websocket-version', '13'],
  ];
  return all.filter(([name]) => !without.includes(name));
}

function literals(headers: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    headers.map((field) =>
      Buffer.concat([Buffer.from([0]), ...field.map((text) => withLength(text))]),
    ),
  );
}

/** RFC 7541 5.1 with a prefix of 7 bits. */
function withLength(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length: number[] = [];
  let rest = bytes.length;
  if (rest < 127) length.push(rest);
  else {
    length.push(127);
    for (rest -= 127; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}
