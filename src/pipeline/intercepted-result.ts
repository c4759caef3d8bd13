import { Observable, Subject, takeUntil, type Subscriber, type Unsubscribable } from 'rxjs';
import { kOnStream, kPace, kStreams, type MessageContext } from './message-context.js';
import { PacedReader } from './paced/paced-reader.js';

/**
 * Reads the result of a handler with interceptors. Nest gives an Observable then, whatever the handler
 * returned, and the handler only runs once it is subscribed to. A handler that returns a value must
 * answer with one frame, one that returns a stream with many:
 *
 * - as soon as the handler is known to have returned a stream, resolves to an Observable of it, or an
 *   iterable if it was one, even if it has emitted nothing yet, so that closing the connection can end it;
 * - otherwise resolves to the last value when it completes, as Nest does for HTTP.
 */
export function readIntercepted(
  source: Observable<unknown>,
  context: MessageContext,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const relay = new Relay();
    let reader: PacedReader | undefined;
    let subscription: Unsubscribable | undefined;
    let last: unknown;
    context[kOnStream] = () => {
      if (context[kPace] !== undefined) {
        // Whoever gets it reads it or lets go of it, also when the client is gone already.
        reader ??= new PacedReader(context[kPace], () => subscription);
        resolve(reader);
        return;
      }
      // The client may be gone already; then nobody will ever subscribe to what is resolved here.
      if (context.signal.aborted) relay.stopped.next();
      else context.signal.addEventListener('abort', () => relay.stopped.next(), { once: true });
      resolve(relay.stream);
    };
    subscription = source.pipe(takeUntil(relay.stopped)).subscribe({
      next: (value) => {
        if (reader !== undefined) reader.push(value);
        else if (context[kStreams]) relay.next(value);
        else last = value;
      },
      error: (error: unknown) => {
        if (reader !== undefined) reader.fail(error);
        else if (context[kStreams]) relay.error(error);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever was thrown
        else reject(error);
      },
      complete: () => {
        if (reader !== undefined) reader.end();
        else if (context[kStreams]) relay.complete();
        else resolve(last);
      },
    });
  });
}

/**
 * Hands on a running subscription. What comes before the reader subscribes, which it does within the
 * same turn of the event loop, is kept in order; afterwards nothing is stored.
 */
class Relay {
  readonly stopped = new Subject<void>();
  readonly stream: Observable<unknown>;
  #reader: Subscriber<unknown> | undefined;
  #early: ((reader: Subscriber<unknown>) => void)[] = [];

  constructor() {
    this.stream = new Observable((reader) => {
      this.#reader = reader;
      for (const replay of this.#early) replay(reader);
      this.#early = [];
      return () => this.stopped.next();
    });
  }

  next(value: unknown): void {
    this.#deliver((reader) => reader.next(value));
  }

  error(error: unknown): void {
    this.#deliver((reader) => reader.error(error));
  }

  complete(): void {
    this.#deliver((reader) => reader.complete());
  }

  #deliver(to: (reader: Subscriber<unknown>) => void): void {
    if (this.#reader === undefined) this.#early.push(to);
    else to(this.#reader);
  }
}
