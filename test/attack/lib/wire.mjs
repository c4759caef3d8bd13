// What an attacker and a healthy client need of RFC 6455: frames as bytes, and a socket that speaks them.
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { constants, deflateRawSync } from 'node:zlib';

export const KIB = 1024;
export const MIB = KIB * KIB;

/** Offers compression. */
export const DEFLATE = {
  'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
};

/** A frame as a client sends it, with a mask of zeros: that is as good as any to be parsed. */
export function frame(opcode, payload = '', { fin = true, rsv = 0, announced } = {}) {
  const body = Buffer.from(payload);
  const length = announced ?? body.length;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + extended + 4);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, body]);
}

/** `count` times the same bytes. */
export const repeated = (bytes, count) => Buffer.alloc(bytes.length * count, bytes);

/** A message that inflates to so many zeros, whole megabytes of them. */
export function bomb(size) {
  // A full flush forgets what came before, so that the bytes of one megabyte are those of each.
  const one = deflateRawSync(Buffer.alloc(MIB), { finishFlush: constants.Z_FULL_FLUSH, level: 9 });
  return frame(2, repeated(one, size / MIB).subarray(0, -4), { rsv: 4 });
}

/** A client's opening handshake. @param headers a value of null leaves out what every handshake has */
export function upgradeHead({ line = 'GET / HTTP/1.1', headers = {} } = {}) {
  const all = {
    Host: '127.0.0.1',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}\r\n`),
  );
  return `${line}\r\n${lines.join('')}\r\n`;
}

/** A socket to the server, with or without a handshake behind it. */
export class Peer {
  /** The way to the server, of all of a process. */
  static connect = (port) => connect(port, '127.0.0.1');

  /** Of the answer to the handshake; 0 until it came. */
  status = 0;
  /** What came before the frames, or all of it when there was no 101. */
  head = '';
  /** Frames that came, by opcode. */
  frames = new Map();
  /** The status code of the Close frame that came. */
  code = undefined;
  /** Called with each text that came whole. */
  onText = undefined;

  #rest = Buffer.alloc(0);
  #skip = 0;
  #wake = [];

  constructor(port) {
    this.socket = Peer.connect(port);
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk) => this.#take(chunk));
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    void this.closed.then(() => this.#tell());
  }

  /** Settles when the handshake is answered. */
  static async open(port, head) {
    const peer = new Peer(port);
    peer.write(upgradeHead(head));
    await peer.until(() => peer.status !== 0);
    return peer;
  }

  /** Many at once, each with its handshake behind it. @param deaf whether none of them reads from then on */
  static async openMany(port, count, head, deaf = false) {
    const peers = [];
    while (peers.length < count) {
      const some = Math.min(50, count - peers.length);
      peers.push(...(await Promise.all(Array.from({ length: some }, () => Peer.open(port, head)))));
    }
    if (deaf) for (const peer of peers) peer.socket.pause();
    return peers;
  }

  get isOver() {
    return this.socket.destroyed;
  }

  write(bytes) {
    return this.isOver || this.socket.write(bytes);
  }

  /** Frames of one opcode that came. */
  count(opcode) {
    return this.frames.get(opcode) ?? 0;
  }

  /** Settles when `holds`, when the connection is over, or when it `ends` on the clock of `performance`. */
  async until(holds, ends = Infinity) {
    while (!holds() && !this.isOver && performance.now() < ends) {
      let timer;
      await new Promise((resolve) => {
        this.#wake.push(resolve);
        if (ends < Infinity) timer = setTimeout(resolve, Math.max(1, ends - performance.now()));
      });
      clearTimeout(timer);
    }
  }

  /**
   * Writes `bytes` again and again, as fast as they are taken.
   * @param ends when to stop, on the clock of `performance`
   * @param times how often at most
   */
  async flood(bytes, { ends, times = Infinity }) {
    for (let done = 0; done < times && performance.now() < ends && !this.isOver; done++) {
      for (let at = 0; at < bytes.length && performance.now() < ends; at += 64 * KIB) {
        if (!this.write(bytes.subarray(at, at + 64 * KIB))) await this.#drained(ends);
      }
      await turn();
    }
  }

  #drained(ends) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.socket.off('drain', done);
        this.socket.off('close', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, ends - performance.now()));
      this.socket.on('drain', done);
      this.socket.on('close', done);
    });
  }

  #tell() {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }

  #take(chunk) {
    if (this.status !== 101) chunk = this.#readHead(chunk);
    if (this.status === 101) this.#readFrames(chunk);
    this.#tell();
  }

  #readHead(chunk) {
    this.head += chunk.toString('latin1');
    const end = this.head.indexOf('\r\n\r\n');
    if (end < 0) return chunk;
    this.status = Number(/^HTTP\/1\.1 (\d+)/.exec(this.head)?.[1] ?? -1);
    if (this.status !== 101) return chunk;
    const rest = Buffer.from(this.head.slice(end + 4), 'latin1');
    this.head = this.head.slice(0, end);
    return rest;
  }

  #readFrames(chunk) {
    if (this.#skip >= chunk.length) {
      this.#skip -= chunk.length;
      return;
    }
    let bytes = chunk.subarray(this.#skip);
    this.#skip = 0;
    if (this.#rest.length > 0) bytes = Buffer.concat([this.#rest, bytes]);
    let at = 0;
    while (bytes.length - at >= 2) {
      const opcode = bytes[at] & 15;
      const short = bytes[at + 1] & 127;
      const start = at + (short === 126 ? 4 : short === 127 ? 10 : 2);
      // The start of a text or Close frame is looked at, all else only counted.
      const looked = opcode === 8 || (opcode === 1 && this.onText !== undefined);
      if (bytes.length < start) break;
      const length =
        short === 126
          ? bytes.readUInt16BE(at + 2)
          : short === 127
            ? Number(bytes.readBigUInt64BE(at + 2))
            : short;
      if (looked && bytes.length < start + length) break;
      this.frames.set(opcode, this.count(opcode) + 1);
      if (opcode === 8) this.code = length < 2 ? 1005 : bytes.readUInt16BE(start);
      else if (looked) this.onText(bytes.toString('utf8', start, start + length));
      at = start + length;
    }
    this.#skip = Math.max(0, at - bytes.length);
    this.#rest = Buffer.from(bytes.subarray(at));
  }
}
