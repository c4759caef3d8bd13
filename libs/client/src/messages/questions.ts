import type { Off } from '../support/off.js';
import { ClientError } from '../support/client-error.js';
import type { Frame } from '../wire/frame.js';
import { REFUSE_EVENT, REPLY_EVENT, RESERVED } from '../wire/wire-events.js';

export type QuestionHandler = (data: unknown, how: { readonly signal: AbortSignal }) => unknown;

/** Questions of the server that may be under way: a server that asks without end is refused. */
const MOST_AT_ONCE = 256;

/** Answers what the server asks. */
export class Questions {
  readonly #handlers = new Map<string, QuestionHandler>();
  readonly #send: (frame: Frame) => boolean;
  readonly #report: (error: unknown) => void;
  #connection = new AbortController();
  #underWay = 0;

  constructor(send: (frame: Frame) => boolean, report: (error: unknown) => void) {
    this.#send = send;
    this.#report = report;
  }

  /** @throws {TypeError} for an event that has a handler */
  on(event: string, handler: QuestionHandler): Off {
    if (this.#handlers.has(event)) {
      throw new TypeError(`Cannot answer ${event}: it has a handler already`);
    }
    this.#handlers.set(event, handler);
    return () => {
      if (this.#handlers.get(event) === handler) this.#handlers.delete(event);
    };
  }

  /** @returns whether it is a question that has a handler */
  take(frame: Frame): boolean {
    const handler = this.#handlers.get(frame.event);
    if (typeof frame.id !== 'string' || !frame.id.startsWith(RESERVED)) return false;
    if (handler === undefined || this.#underWay >= MOST_AT_ONCE) return false;
    // Reports by itself: what can fail is caught within.
    void this.#answer(handler, frame, this.#connection.signal);
    return true;
  }

  /** Nobody waits for the answers any more. */
  lost(): void {
    const connection = this.#connection;
    this.#connection = new AbortController();
    connection.abort();
  }

  async #answer(handler: QuestionHandler, { data, id }: Frame, signal: AbortSignal): Promise<void> {
    const answer = (name: string, value: unknown): void => {
      if (!signal.aborted) this.#send({ event: name, data: value, id });
    };
    this.#underWay += 1;
    try {
      answer(REPLY_EVENT, await handler(data, { signal }));
    } catch (error) {
      // Only what was meant for the server is told to it.
      const told = error instanceof ClientError;
      if (!told && !signal.aborted) this.#report(error);
      answer(REFUSE_EVENT, {
        code: told ? error.code : 'INTERNAL_ERROR',
        message: told ? error.message : 'The client failed',
      });
    } finally {
      this.#underWay -= 1;
    }
  }
}
