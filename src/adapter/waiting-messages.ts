import type { RawMessage } from './adapter-options.interface.js';

/** Messages and bytes of one client that wait for their turn before its socket is paused. */
const MAX_WAITING = 16;
const MAX_WAITING_BYTES = 64 * 1024;

/** Messages of one client that wait for their turn, oldest first. */
export class WaitingMessages {
  readonly #messages: RawMessage[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  get isFull(): boolean {
    return this.#messages.length >= MAX_WAITING || this.#bytes >= MAX_WAITING_BYTES;
  }

  /** Whether there is room enough for the client to go on. */
  get hasRoom(): boolean {
    return this.#messages.length <= MAX_WAITING / 2;
  }

  push(message: RawMessage): void {
    this.#messages.push(message);
    this.#bytes += sizeOf(message);
  }

  shift(): RawMessage | undefined {
    const message = this.#messages.shift();
    if (message !== undefined) this.#bytes -= sizeOf(message);
    return message;
  }

  clear(): void {
    this.#messages.length = 0;
    this.#bytes = 0;
  }
}

function sizeOf(message: RawMessage): number {
  if (Array.isArray(message)) return message.reduce((sum, part) => sum + part.length, 0);
  return typeof message === 'string' ? message.length : message.byteLength;
}
