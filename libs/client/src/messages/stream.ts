import { ClientError } from '../support/client-error.js';
import { exceptionError } from '../wire/exception.js';
import type { Frame } from '../wire/frame.js';
import { EXCEPTION_EVENT } from '../wire/wire-events.js';
import type { Outgoing } from './outbox.js';

/** What a stream is asked with, and by which way. */
interface StreamRequest {
  /** A question with an id of its own. @throws what the codec throws */
  readonly ask: (data: unknown) => Pick<Outgoing, 'frame' | 'message'>;
  /** @returns tells the server that nobody waits any more */
  readonly add: (out: Outgoing) => () => void;
  readonly event: string;
  readonly data: unknown;
  readonly signal: AbortSignal | undefined;
  readonly resume: boolean | ((last: unknown) => unknown);
  /** Items that may wait for their reader. */
  readonly most: number;
}

interface Reader {
  resolve(result: IteratorResult<unknown, undefined>): void;
  reject(error: unknown): void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Many answers to one question, read one by one. Asked with the first read. */
export class Stream implements AsyncIterableIterator<unknown, undefined> {
  readonly #request: StreamRequest;
  /** Items that came and were not read. */
  #items: unknown[] = [];
  readonly #readers: Reader[] = [];
  #last: unknown;
  #cancel: (() => void) | undefined;
  #asked = false;
  #ended = false;
  #error: unknown;

  constructor(request: StreamRequest) {
    this.#request = request;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    if (!this.#asked) this.#ask();
    if (this.#items.length > 0) {
      return Promise.resolve({ done: false, value: this.#items.shift() });
    }
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) return Promise.reject(error);
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#asked = true;
    this.#items = [];
    this.#end(undefined);
    this.#cancel?.();
    return Promise.resolve(DONE);
  }

  throw(error?: unknown): Promise<never> {
    void this.return();
    return Promise.reject(error);
  }

  #ask(): void {
    this.#asked = true;
    const { data, signal, add } = this.#request;
    try {
      this.#cancel = add({ ...this.#outgoing(data), signal });
    } catch (error) {
      this.#end(error);
    }
  }

  #outgoing(data: unknown): Outgoing {
    const { ask, resume } = this.#request;
    return {
      ...ask(data),
      queue: true,
      answer: (frame) => this.#answer(frame),
      fail: (error) => this.#end(error),
      again: () => {
        if (resume === false) return undefined;
        try {
          return this.#outgoing(
            typeof resume === 'function' ? resume(this.#last) : this.#request.data,
          );
        } catch (error) {
          this.#end(error);
          return undefined;
        }
      },
    };
  }

  /** @returns whether it was the last */
  #answer({ event, data, complete }: Frame): boolean {
    if (event === EXCEPTION_EVENT) this.#end(exceptionError(data));
    else if (data !== undefined || complete !== true) this.#item(data);
    if (complete === true) this.#end(undefined);
    return this.#ended;
  }

  #item(value: unknown): void {
    this.#last = value;
    const reader = this.#readers.shift();
    if (reader !== undefined) reader.resolve({ done: false, value });
    else if (this.#items.length < this.#request.most) this.#items.push(value);
    else {
      const { event, most } = this.#request;
      this.#cancel?.();
      this.#end(new ClientError('TOO_SLOW', `${most} items of ${event} wait to be read`));
    }
  }

  #end(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const [first, ...others] = this.#readers.splice(0);
    if (error === undefined) first?.resolve(DONE);
    else if (first === undefined) this.#error = error;
    else first.reject(error);
    for (const reader of others) reader.resolve(DONE);
  }
}
