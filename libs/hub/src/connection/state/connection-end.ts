/** How a connection ended: 1005 without a code, 1006 without a closing handshake (RFC 6455 7.1.5). */
export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
  /** Whether both ends sent a Close frame. */
  readonly wasClean: boolean;
}

/** What waits for the end of a connection. Made on first use: most connections have nobody who waits. */
export class ConnectionEnd {
  #abort: AbortController | undefined;
  #closing: Promise<CloseInfo> | undefined;
  #settle: ((info: CloseInfo) => void) | undefined;

  /** @param info how it ended, undefined while it has not */
  signal(info: CloseInfo | undefined): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (info !== undefined) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** See `signal`. */
  closed(info: CloseInfo | undefined): Promise<CloseInfo> {
    return (this.#closing ??= new Promise((resolve) => {
      if (info === undefined) this.#settle = resolve;
      else resolve(info);
    }));
  }

  /** The connection has closed, and whoever asked earlier is told. */
  finish(info: CloseInfo): void {
    this.#abort?.abort();
    this.#settle?.(info);
  }
}
