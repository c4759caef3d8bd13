import type { WebSocketLike } from '../wire/web-socket.js';

type Told = Record<string, unknown>;

/** A socket whose other end is the test. */
export class ScriptedSocket implements WebSocketLike {
  static all: ScriptedSocket[] = [];
  static get last(): ScriptedSocket {
    const last = ScriptedSocket.all.at(-1);
    if (last === undefined) throw new Error('Nothing has connected');
    return last;
  }

  readonly url: string;
  readonly offered: string[];
  readyState = 0;
  protocol = '';
  bufferedAmount = 0;
  binaryType = 'blob';
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  readonly sent: Told[] = [];
  /** How the client closed it. */
  closed: { code: number | undefined; reason: string | undefined } | undefined;

  constructor(url: string, protocols: string[]) {
    for (const protocol of protocols) {
      if (!/^[\w.!#$%&'*+^`|~-]+$/.test(protocol)) throw new SyntaxError('Bad subprotocol');
    }
    this.url = url;
    this.offered = protocols;
    ScriptedSocket.all.push(this);
  }

  send(message: string | Uint8Array): void {
    if (this.readyState === 0) throw new Error('InvalidStateError');
    if (this.readyState !== 1) return;
    this.sent.push(
      typeof message === 'string' ? (JSON.parse(message) as Told) : { bytes: [...message] },
    );
  }

  close(code?: number, reason?: string): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new Error('InvalidAccessError');
    }
    if (this.readyState === 3) return;
    this.readyState = 2;
    this.closed ??= { code, reason };
  }

  /** What was sent beside pings. */
  get said(): Told[] {
    return this.sent.filter(({ event }) => event !== '$ping');
  }

  /** The server lets it in. */
  accept(protocol = 'nestwire.1'): void {
    this.readyState = 1;
    this.protocol = protocol;
    this.#tell('onopen', {});
  }

  /** And answers the first ping. */
  open(protocol?: string): this {
    this.accept(protocol);
    this.says({ event: '$ping', id: 0 });
    return this;
  }

  says(frame: Told): void {
    this.raw(JSON.stringify(frame));
  }

  raw(data: unknown): void {
    this.#tell('onmessage', { data });
  }

  end(code = 1006, reason = ''): void {
    this.readyState = 3;
    this.#tell('onerror', {});
    this.#tell('onclose', { code, reason });
  }

  /** Lets in, says why not, and closes: how the wire refuses. */
  refuse(status: number, code: string, more: Told = {}): void {
    this.accept();
    this.says({
      event: 'exception',
      data: { status: 'error', code, message: `No: ${code}`, ...more },
    });
    this.end(4000 + status, `No: ${code}`);
  }

  #tell(name: 'onopen' | 'onmessage' | 'onerror' | 'onclose', event: Told): void {
    this[name]?.(event as never);
  }
}
