import type { WebSocketLike } from '../wire/web-socket.js';
import type { Network } from './network.js';

/** What the other end of a socket is told. */
interface FarEnd {
  message(message: string | ArrayBuffer): void;
  /** The client has closed it. */
  closed(code: number): void;
}

type Told = 'onopen' | 'onmessage' | 'onerror' | 'onclose';

/** The client's end of a connection, as a platform's `WebSocket` is. */
export class FakeSocket implements WebSocketLike {
  readonly url: string;
  readonly offered: readonly string[];
  readyState = 0;
  protocol = '';
  readonly bufferedAmount = 0;
  binaryType = 'blob';
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  readonly #network: Network;
  #farEnd: FarEnd | undefined;

  /** @throws {SyntaxError} for what is no subprotocol, as the platform does */
  constructor(url: string, offered: readonly string[], network: Network) {
    for (const protocol of offered) {
      if (!/^[\w.!#$%&'*+^`|~-]+$/.test(protocol)) {
        throw new SyntaxError(`Cannot connect: ${JSON.stringify(protocol)} is no subprotocol`);
      }
    }
    this.url = url;
    this.offered = offered;
    this.#network = network;
  }

  send(message: string | Uint8Array<ArrayBuffer>): void {
    if (this.readyState === 0) throw new Error('Cannot send: the socket is still connecting');
    if (this.readyState !== 1) return;
    // Bytes are taken now: the client may use them for something else.
    const sent = typeof message === 'string' ? message : message.slice().buffer;
    this.#network.post(() => this.#farEnd?.message(sent));
  }

  close(code?: number, reason = ''): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new Error(`Cannot close: 1000 or 3000 to 4999 is expected, current value is ${code}`);
    }
    if (this.readyState >= 2) return;
    this.readyState = 2;
    this.#network.post(() => {
      this.#farEnd?.closed(code ?? 1005);
      this.#ended(code ?? 1005, reason);
    });
  }

  /** The server has answered with 101. @returns false when the client has given it up */
  open(protocol: string, farEnd: FarEnd): boolean {
    if (this.readyState !== 0) return false;
    this.#farEnd = farEnd;
    this.protocol = protocol;
    this.readyState = 1;
    this.#tell('onopen', {});
    return true;
  }

  /** A message of the server. */
  receive(message: string | Uint8Array<ArrayBuffer>): void {
    if (this.readyState !== 1) return;
    this.#tell('onmessage', {
      data: typeof message === 'string' ? message : message.slice().buffer,
    });
  }

  /** The server, or nobody, has closed it. */
  end(code: number, reason: string): void {
    if (this.readyState === 3) return;
    if (code === 1006) this.#tell('onerror', {});
    this.#ended(code, reason);
  }

  #ended(code: number, reason: string): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#tell('onclose', { code, reason, wasClean: code !== 1006 });
  }

  #tell(name: Told, event: object): void {
    this[name]?.(event as never);
  }
}
