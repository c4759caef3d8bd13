import { ClientError } from '../support/client-error.js';
import type { Frame } from '../wire/frame.js';
import { CANCEL_EVENT, EXCEPTION_EVENT, PING_EVENT } from '../wire/wire-events.js';
import { errorReply } from './error-frames.js';

/** What answers a message. */
export interface Handler {
  /** Whether it has many answers: what it returns is read item by item. */
  readonly many: boolean;
  /** Whether bytes come with it: it waits for no turn, and outlives its connection. */
  readonly takesUpload: boolean;
  run(data: unknown, signal: AbortSignal, frame: Frame): unknown;
}

/** What the messages of a connection need of the server. */
interface RequestHost {
  /** undefined: nobody knows the event. */
  handler(event: string): Handler | undefined;
  send(frame: Frame): void;
  /** Told what a handler threw that is no `ClientError`. */
  report(error: unknown): void;
}

/** Messages of one connection, from arrival to answer: one handler after another, streams beside them. */
export class Requests {
  readonly #host: RequestHost;
  readonly #waiting: { readonly frame: Frame; readonly handler: Handler }[] = [];
  readonly #underWay = new Map<Frame, AbortController>();
  readonly #uploads = new Map<Frame, AbortController>();
  #busy = false;

  constructor(host: RequestHost) {
    this.#host = host;
  }

  receive(frame: Frame): void {
    const { event, id } = frame;
    if (event === PING_EVENT) this.#host.send({ event, id });
    else if (event === CANCEL_EVENT) this.#cancel(id);
    else {
      const handler = this.#host.handler(event);
      if (handler === undefined) this.#fail(frame, unknownEvent());
      else if (handler.takesUpload) void this.#upload(frame, handler);
      else {
        this.#waiting.push({ frame, handler });
        this.#next();
      }
    }
  }

  /** The connection is gone. */
  lost(): void {
    this.#waiting.length = 0;
    for (const controller of this.#underWay.values()) controller.abort();
  }

  #cancel(id: Frame['id']): void {
    const queued = this.#waiting.findIndex(({ frame }) => frame.id === id);
    if (queued >= 0) {
      const [{ frame } = { frame: undefined }] = this.#waiting.splice(queued, 1);
      if (frame !== undefined) this.#host.send({ event: frame.event, id, complete: true });
    }
    for (const [frame, controller] of [...this.#underWay, ...this.#uploads]) {
      if (frame.id === id) controller.abort();
    }
  }

  #next(): void {
    if (this.#busy) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#busy = true;
    void this.#run(next.frame, next.handler);
  }

  async #run(frame: Frame, handler: Handler): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    this.#underWay.set(frame, controller);
    let streaming: Promise<void> | undefined;
    try {
      const value = await handler.run(frame.data, signal, frame);
      if (handler.many) {
        streaming = this.#stream(frame, value as AsyncIterable<unknown>, signal);
      } else this.#answer(frame, value);
    } catch (error) {
      this.#fail(frame, signal.aborted && !(error instanceof ClientError) ? cancelled() : error);
    }
    this.#busy = false;
    this.#next();
    await streaming;
    this.#underWay.delete(frame);
  }

  async #upload(frame: Frame, handler: Handler): Promise<void> {
    const controller = new AbortController();
    this.#uploads.set(frame, controller);
    try {
      this.#answer(frame, await handler.run(frame.data, controller.signal, frame));
    } catch (error) {
      this.#fail(frame, error);
    }
    this.#uploads.delete(frame);
  }

  async #stream(
    frame: Frame,
    items: AsyncIterable<unknown> | Iterable<unknown>,
    signal: AbortSignal,
  ): Promise<void> {
    const { event, id } = frame;
    const complete = true;
    try {
      const iterator = iteratorOf(items);
      const over = whenAborted(signal);
      for (;;) {
        const { done, value } = await Promise.race([over, iterator.next()]);
        if (done === true || signal.aborted) break;
        this.#host.send({ event, data: value, id });
      }
      // A source that does not end itself must not hold up the end of the stream.
      if (signal.aborted) this.#release(iterator);
      this.#host.send({ event, id, complete });
    } catch (error) {
      this.#fail(frame, error, complete);
    }
  }

  #release(iterator: AnyIterator): void {
    Promise.resolve(iterator.return?.()).catch((error: unknown) => this.#host.report(error));
  }

  #answer({ event, id }: Frame, value: unknown): void {
    if (value === undefined && id === undefined) return;
    this.#host.send({ event, data: value, id });
  }

  #fail({ id }: Frame, error: unknown, complete?: true): void {
    if (!(error instanceof ClientError)) this.#host.report(error);
    this.#host.send({ event: EXCEPTION_EVENT, data: errorReply(error), id, complete });
  }
}

type AnyIterator = AsyncIterator<unknown> | Iterator<unknown>;

function whenAborted(signal: AbortSignal): Promise<IteratorResult<unknown>> {
  return new Promise((resolve) => {
    const end = (): void => resolve({ done: true, value: undefined });
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}

function iteratorOf(items: AsyncIterable<unknown> | Iterable<unknown>): AnyIterator {
  if (Symbol.asyncIterator in items) return items[Symbol.asyncIterator]();
  if (Symbol.iterator in items) return items[Symbol.iterator]();
  throw new TypeError('Cannot stream: what onStream returned is no iterable');
}

function unknownEvent(): ClientError {
  return new ClientError('UNKNOWN_EVENT', 'Cannot handle event: no handler is registered for it');
}

function cancelled(): ClientError {
  return new ClientError('CANCELLED', 'Cannot finish request: the client cancelled it');
}
