import { Logger } from '@nestjs/common';
import { isAbort } from '#hub';
import { describeError, stackOf } from '../../support/describe-error.js';

const logger = new Logger('WsExceptionsHandler');

/**
 * What the two ends of a stream agree on that runs through interceptors: these are made of Observables,
 * which nothing can make wait. The reader says when it wants a value, and the source waits for that.
 */
export class Pace {
  #wanted = false;
  #waiting: (() => void)[] = [];
  #isReturning = false;
  readonly #releases = new Set<Promise<void>>();
  readonly #sources = new Set<() => Promise<void>>();

  /** The reader has nothing to send and waits. */
  want(): void {
    this.#wanted = true;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Something has come for the reader, of whichever value. */
  met(): void {
    this.#wanted = false;
  }

  /** Resolves when the reader wants a value. */
  demand(): Promise<void> | undefined {
    if (this.#wanted) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** @param release lets go of a source; may be called more than once */
  add(release: () => Promise<void>): void {
    this.#sources.add(release);
  }

  /** A source that an interceptor has let go of: what goes wrong then has no reader to be told. */
  release(source: () => Promise<void>): void {
    this.#sources.delete(source);
    const released = source();
    this.#releases.add(released);
    released
      .catch((error: unknown) => {
        if (this.#isReturning || isAbort(error)) return;
        logger.error(`Cannot end stream: ${describeError(error)}`, stackOf(error));
      })
      .finally(() => this.#releases.delete(released));
  }

  /**
   * Lets go of everything. Resolves when that is done.
   * @param unsubscribe ends what is between the two ends
   */
  async end(unsubscribe: () => void): Promise<void> {
    this.#isReturning = true;
    unsubscribe();
    for (const source of this.#sources) this.release(source);
    await Promise.all(this.#releases);
  }
}
