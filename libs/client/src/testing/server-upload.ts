import { ClientError } from '../support/client-error.js';

/** So much may come that was not read. */
const WINDOW = 262_144;

/** Tells the connection that brings the bytes how far it may go. */
type Grant = (received: number, until: number) => void;

type Read = IteratorResult<Uint8Array, undefined>;

interface Reader {
  resolve(result: Read | Promise<Read>): void;
  reject(error: unknown): void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Bytes that a client sends with a call, on however many connections; it sends no faster than they are read. */
export class ServerUpload implements AsyncIterable<Uint8Array> {
  readonly size: number | undefined;
  received = 0;
  readonly #abort = new AbortController();
  #grant: Grant = () => {};
  #queue: Uint8Array[] = [];
  #reader: Reader | undefined;
  #isReading = false;
  #taken = 0;
  #isComplete = false;
  #error: ClientError | undefined;

  constructor(size: number | undefined) {
    this.size = size;
  }

  /** Aborts when nothing of it is of use any more. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async bytes(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of this) parts.push(part);
    const all = new Uint8Array(this.received);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    if (this.#isReading) throw new TypeError('Cannot read upload: it is read already');
    this.#isReading = true;
    this.#goOn();
    return {
      next: () => this.#next(),
      return: () => Promise.resolve(DONE),
    };
  }

  /** Another connection brings it: the first, or the one after a cut. */
  attach(grant: Grant): void {
    this.#grant = grant;
    if (this.#isReading) this.#goOn();
  }

  /** Bytes have come; without any it is the end. */
  take(offset: number, bytes: Uint8Array): void {
    if (this.#error !== undefined || this.#isComplete) return;
    if (offset !== this.received) {
      this.fail(bad(`offset ${this.received} is expected, current value is ${offset}`));
      return;
    }
    this.received += bytes.length;
    this.#isComplete = bytes.length === 0;
    if (this.#isComplete && this.size !== undefined && this.size !== this.received) {
      this.fail(bad(`${this.size} bytes are expected, current value is ${this.received}`));
      return;
    }
    if (!this.#isComplete) this.#queue.push(bytes);
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.resolve(this.#next());
  }

  fail(error: ClientError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#queue = [];
    this.#reader?.reject(error);
    this.#reader = undefined;
    this.#abort.abort(error);
  }

  #next(): Promise<Read> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    const value = this.#queue.shift();
    if (value !== undefined) {
      this.#taken += value.length;
      this.#goOn();
      return Promise.resolve({ done: false, value });
    }
    if (this.#isComplete) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => (this.#reader = { resolve, reject }));
  }

  #goOn(): void {
    if (!this.#isComplete) this.#grant(this.received, this.#taken + WINDOW);
  }
}

function bad(what: string): ClientError {
  return new ClientError('BAD_REQUEST', `Cannot take upload: ${what}`);
}
