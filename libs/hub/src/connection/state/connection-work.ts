/** What a connection has under way, as far as the connection itself has to know. */
export interface ConnectionWork {
  /** The connection is gone: nothing of it goes on. */
  abandon(): void;
  /** It is closing: nothing of its streams gets through any more. */
  endStreams(): void;
  /** Its send queue is empty again. */
  drained(): void;
  /** It has to be read although a queue of it is full. */
  readOn(): void;
  /** Whether a handler is under way or a message waits for one. */
  readonly busy: boolean;
  /** Calls back when it is busy no more. */
  whenIdle(callback: () => void): void;
}
