import { readFrame, type Frame } from '../wire/frame.js';
import type { WebSocketLike } from '../wire/web-socket.js';
import { withQuery } from './socket-url.js';
import type { Settings } from './resolve-options.js';

/** What is told of one socket, until it is dropped. */
interface AttemptListener {
  /** The handshake is done; nobody knows yet whether the server wants us. */
  accepted(): void;
  /** Any message at all: the server is there. */
  heard(): void;
  frame(frame: Frame): void;
  bytes(bytes: ArrayBuffer): void;
  /** What came is no message of this wire. */
  nonsense(): void;
  tooBig(): void;
  closed(code: number, reason: string): void;
}

/** One socket. Once dropped it says nothing more, whatever the platform still tells of it. */
export class Attempt {
  readonly #settings: Settings;
  readonly #socket: WebSocketLike;
  #dropped = false;

  /** @throws what the class of sockets throws for an address or a token that cannot be */
  constructor(
    settings: Settings,
    url: string,
    token: string | undefined,
    listener: AttemptListener,
  ) {
    this.#settings = settings;
    const { codec, protocols, query = {} } = settings;
    const address = withQuery(url, typeof query === 'function' ? query() : query);
    const offered = [...protocols, codec.protocol];
    if (token !== undefined) offered.push(`bearer.${token}`);
    const socket = new settings.WebSocket(address, offered);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    const unlessDropped =
      <E>(run: (event: E) => void) =>
      (event: E) => {
        if (!this.#dropped) run(event);
      };
    socket.onopen = unlessDropped(() => listener.accepted());
    socket.onmessage = unlessDropped(({ data }: { data: string | ArrayBuffer }) => {
      listener.heard();
      this.#read(data, listener);
    });
    // A close follows, or the timeout. Without a listener some classes throw.
    socket.onerror = () => {};
    socket.onclose = unlessDropped(({ code, reason }: { code?: number; reason?: string }) => {
      this.#dropped = true;
      listener.closed(code ?? 1006, reason ?? '');
    });
  }

  /** What the server has chosen; '' where it chose nothing. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  /** Whether messages can be handed to it. */
  get writable(): boolean {
    return !this.#dropped && this.#socket.readyState === 1;
  }

  send(message: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(message);
  }

  /**
   * Nothing is heard of it any more.
   * @throws what the class of sockets throws for a code or a reason that may not be sent
   */
  drop(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
    this.#dropped = true;
  }

  #read(data: string | ArrayBuffer, listener: AttemptListener): void {
    const { codec, maxMessage } = this.#settings;
    if ((typeof data === 'string' ? data.length : data.byteLength) > maxMessage) {
      listener.tooBig();
      return;
    }
    let frame: Frame | undefined;
    try {
      const value = codec.decode(data);
      if (value === undefined && typeof data !== 'string') {
        listener.bytes(data);
        return;
      }
      frame = readFrame(value);
    } catch {
      // As any other nonsense.
    }
    if (frame === undefined) listener.nonsense();
    else listener.frame(frame);
  }
}
