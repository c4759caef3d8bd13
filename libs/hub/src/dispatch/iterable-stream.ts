import { StreamTask, type StreamContext } from './stream-task.js';

/**
 * Milliseconds after which a stream that waits for a drain looks for itself. The connection's own
 * soft mark may be higher than the one known here, and then no drain is announced for this amount.
 */
const LOOK_AGAIN = 100;

/**
 * Sends what an AsyncIterable yields, and asks for the next value only while the client keeps up:
 * above the soft mark of the send queue it waits for the drain.
 */
export class IterableStream extends StreamTask {
  readonly #source: AsyncIterable<unknown>;
  #iterator: AsyncIterator<unknown> | undefined;
  #wake: (() => void) | undefined;

  constructor(source: AsyncIterable<unknown>, context: StreamContext) {
    super(context);
    this.#source = source;
  }

  start(): void {
    void this.#run();
  }

  override drained(): void {
    this.#wake?.();
  }

  protected stopSource(): void {
    this.#wake?.();
    // Not awaited: a generator in the middle of an await only returns when that settles.
    const returned: unknown = this.#iterator?.return?.();
    Promise.resolve(returned).catch((error: unknown) => this.report(error));
  }

  async #run(): Promise<void> {
    try {
      this.#iterator = this.#source[Symbol.asyncIterator]();
      const { turn } = this.context;
      while (this.open) {
        const step = await this.#iterator.next();
        if (step.done === true) {
          this.complete();
          return;
        }
        this.emit(step.value);
        turn.count();
        // More than once: all the streams that have waited go on together.
        while (turn.over !== undefined) await turn.over;
        while (this.open && this.#congested) await this.#drain();
      }
    } catch (error) {
      this.fail(error);
    }
  }

  get #congested(): boolean {
    return this.context.connection.bufferedAmount > this.context.softMark;
  }

  #drain(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, LOOK_AGAIN);
      this.#wake = wake;
    });
  }
}
