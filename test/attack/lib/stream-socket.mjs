// A way to the server over HTTP/2 that looks like a socket: an upgrade that is written to it goes as an
// extended CONNECT, as a proxy would send it on, and the answer comes back as the head of HTTP/1.1.
import { connect } from 'node:http2';
import { Duplex } from 'node:stream';

/** Sockets of one session: a server takes 256, and attackers are many clients. */
const EACH = 40;
const CANCEL = 8;
const ONE_HOP = new Set(['host', 'upgrade', 'connection', 'sec-websocket-key']);
const HEAD_END = '\r\n\r\n';

/** The session that is joined next, with how many have. */
let current;

function join(port) {
  const { session, joined = EACH } = current ?? {};
  if (joined >= EACH || session.closed || session.destroyed) {
    const opened = connect(`http://127.0.0.1:${port}`);
    // Its streams hear of it.
    opened.on('error', () => {});
    current = { session: opened, joined: 0 };
  }
  current.joined++;
  return current.session;
}

/** What an upgrade says as the fields of a CONNECT. */
function connectOf(head) {
  const [line, ...lines] = head.split('\r\n');
  const headers = {
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'http',
    ':authority': '127.0.0.1',
    ':path': line.split(' ')[1],
  };
  for (const one of lines) {
    const colon = one.indexOf(':');
    const name = one.slice(0, colon).toLowerCase();
    const value = one.slice(colon + 1).trim();
    if (name === 'host') headers[':authority'] = value;
    if (ONE_HOP.has(name)) continue;
    headers[name] = name in headers ? [headers[name], value].flat() : value;
  }
  return headers;
}

export class StreamSocket extends Duplex {
  #port;
  #head = Buffer.alloc(0);
  #stream;

  constructor(port) {
    super();
    this.#port = port;
  }

  resetAndDestroy() {
    this.destroy();
  }

  _write(chunk, _encoding, done) {
    if (this.#stream !== undefined) {
      this.#stream.write(chunk, done);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) {
      done();
      return;
    }
    try {
      this.#open(this.#head.toString('latin1', 0, end));
    } catch (error) {
      done(error);
      return;
    }
    const rest = this.#head.subarray(end + HEAD_END.length);
    if (rest.length > 0) this.#stream.write(rest, done);
    else done();
  }

  _final(done) {
    this.#stream?.end();
    done();
  }

  _read() {
    this.#stream?.resume();
  }

  _destroy(error, done) {
    this.#stream?.close(CANCEL);
    done(error);
  }

  #open(head) {
    const session = join(this.#port);
    const stream = session.request(connectOf(head), { endStream: false });
    this.#stream = stream;
    const ready = () => this.emit('connect');
    if (stream.pending) stream.once('ready', ready);
    else process.nextTick(ready);
    stream.once('response', (headers) => {
      const status = headers[':status'] === 200 ? 101 : headers[':status'];
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      this.push(`HTTP/1.1 ${status} over HTTP/2\r\n${lines.join('')}\r\n`);
    });
    stream.on('data', (chunk) => {
      if (!this.push(chunk)) stream.pause();
    });
    stream.on('error', () => {});
    stream.once('end', () => this.push(null));
    // The answer is pushed before it.
    stream.once('close', () => setImmediate(() => this.destroy()));
  }
}
