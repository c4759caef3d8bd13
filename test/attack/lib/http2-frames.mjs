// HTTP/2 by hand, for attackers: frames as bytes, and a socket that speaks them whatever the answers are.
import { connect } from 'node:net';

export const TYPE = { data: 0, headers: 1, priority: 2, reset: 3, settings: 4, ping: 6, goaway: 7, window: 8, continuation: 9 }; // prettier-ignore
export const END_STREAM = 1;
export const END_HEADERS = 4;
/** RFC 9113 6.5.2. */
export const INITIAL_WINDOW_SIZE = 4;

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** A frame of HTTP/2 (RFC 9113 4.1). */
export function h2Frame(type, flags, stream, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export const resetFrame = (stream) => h2Frame(TYPE.reset, 0, stream, Buffer.from([0, 0, 0, 8]));

export function windowFrame(stream, bytes) {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return h2Frame(TYPE.window, 0, stream, payload);
}

export function settingsFrame(settings = {}) {
  const entries = Object.entries(settings);
  const payload = Buffer.alloc(6 * entries.length);
  entries.forEach(([id, value], index) => {
    payload.writeUInt16BE(Number(id), 6 * index);
    payload.writeUInt32BE(value, 6 * index + 2);
  });
  return h2Frame(TYPE.settings, 0, 0, payload);
}

/** A length with a prefix of `bits` bits, and what stands before it (RFC 7541 5.1). */
function integer(value, bits, first = 0) {
  const most = 2 ** bits - 1;
  if (value < most) return Buffer.from([first | value]);
  const bytes = [first | most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

const string = (text) => Buffer.concat([integer(Buffer.byteLength(text), 7), Buffer.from(text)]);

/** A field that is spelt out. @param keep whether the table has it from then on, at its front (RFC 7541 6.2) */
export const field = (name, value, keep = false) =>
  Buffer.concat([Buffer.from([keep ? 0x40 : 0]), string(name), string(value)]);

/** A field of the table: 62 is the one that was kept last (RFC 7541 6.1). */
export const indexed = (index) => integer(index, 7, 0x80);

/** What asks for a WebSocket. */
export function connectBlock(more = {}) {
  const fields = {
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'http',
    ':path': '/',
    ':authority': '127.0.0.1',
    'sec-websocket-version': '13',
    ...more,
  };
  return Buffer.concat(Object.entries(fields).map(([name, value]) => field(name, value)));
}

export const connectFrame = (stream, more, flags = END_HEADERS) =>
  h2Frame(TYPE.headers, flags, stream, connectBlock(more));

/** A session that an attacker writes by hand. */
export class RawSession {
  /** Frames that came, by type. */
  frames = new Map();
  /** Streams that were answered. */
  answered = new Set();
  #rest = Buffer.alloc(0);

  /** @param settings by number @param deaf whether it never reads */
  constructor(port, { settings, deaf = false } = {}) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {});
    if (deaf) this.socket.pause();
    else this.socket.on('data', (chunk) => this.#take(chunk));
    this.socket.write(PREFACE);
    this.write(settingsFrame(settings));
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
  }

  /** Whether it has ended, or was told to go away. */
  get isOver() {
    return this.socket.destroyed || this.count(TYPE.goaway) > 0;
  }

  write(bytes) {
    return this.isOver || this.socket.write(bytes);
  }

  count(type) {
    return this.frames.get(type) ?? 0;
  }

  /** Settles when everything that was written has left, or nothing more will. */
  async drained(ends) {
    if (this.isOver || !this.socket.writableNeedDrain) return;
    let timer;
    await new Promise((resolve) => {
      timer = setTimeout(resolve, Math.max(1, ends - performance.now()));
      this.socket.once('drain', resolve).once('close', resolve);
    });
    clearTimeout(timer);
  }

  /** Writes what `make` returns again and again, as fast as it is taken. */
  async flood(make, ends) {
    while (performance.now() < ends && !this.isOver) {
      this.write(make());
      await this.drained(ends);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #take(chunk) {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= 9) {
      const length = bytes.readUIntBE(at, 3);
      if (bytes.length < at + 9 + length) break;
      const [type, flags] = [bytes[at + 3], bytes[at + 4]];
      this.frames.set(type, this.count(type) + 1);
      if (type === TYPE.headers) this.answered.add(bytes.readUInt32BE(at + 5));
      if (type === TYPE.settings && flags === 0) this.write(h2Frame(TYPE.settings, 1, 0));
      at += 9 + length;
    }
    this.#rest = Buffer.from(bytes.subarray(at));
  }
}
