import type { WebSocketLike } from '../wire/web-socket.js';
import type { Settings } from './resolve-options.js';

/** What is told of one socket, until it is dropped. */
interface AttemptListener {
  /**
   * The handshake is done; nobody knows yet whether the server wants us.
   * @param protocol what it has chosen; '' where it chose nothing
   */
  accepted(protocol: string): void;
  message(data: string | ArrayBuffer): void;
  closed(code: number, reason: string): void;
}

/** One socket. Once dropped it says nothing more, whatever the platform still tells of it. */
export class Attempt {
  readonly #socket: WebSocketLike;
  #dropped = false;

  /** @throws what the class of sockets throws for an address or a token that cannot be */
  constructor(
    settings: Settings,
    url: string,
    token: string | undefined,
    listener: AttemptListener,
  ) {
    const { codec, protocols } = settings;
    const offered = [...protocols, codec.protocol];
    if (token !== undefined) offered.push(`bearer.${token}`);
    const socket = new settings.WebSocket(url, offered);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    const unlessDropped =
      <E>(run: (event: E) => void) =>
      (event: E) => {
        if (!this.#dropped) run(event);
      };
    socket.onopen = unlessDropped(() => listener.accepted(socket.protocol));
    socket.onmessage = unlessDropped(({ data }: { data: string | ArrayBuffer }) =>
      listener.message(data),
    );
    let fault = '';
    const closed = unlessDropped(({ code = 1006, reason }: { code?: number; reason?: string }) => {
      this.#dropped = true;
      listener.closed(code, reason || fault);
    });
    socket.onclose = closed;
    // Some classes say what went wrong. A close follows, but for Node 22's own class when it cannot connect.
    socket.onerror = ({ message = '' }: { message?: string }) => {
      fault = message;
      if (socket.readyState === 0) closed({});
    };
  }

  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  /** @returns false when no message can be handed to it */
  send(message: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#dropped || this.#socket.readyState !== 1) return false;
    this.#socket.send(message);
    return true;
  }

  /**
   * Nothing is heard of it any more.
   * @throws what the class of sockets throws for a code or a reason that may not be sent
   */
  drop(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
    this.#dropped = true;
  }
}
