/** Items of a stream that a test hands out one by one. */
export interface ItemSource<T> extends AsyncIterable<T> {
  push(item: T): void;
  /** The stream has gone well. */
  end(): void;
  /** It has not. */
  fail(error: unknown): void;
  /** Whether whoever read it has left: the client has cancelled, or the connection is lost. */
  readonly left: boolean;
}

/**
 * A stream in the hands of the test.
 *
 * ```ts
 * const ticks = itemSource<number>();
 * server.onStream('ticks', () => ticks);
 * ticks.push(1);
 * ticks.end();
 * ```
 */
export function itemSource<T>(): ItemSource<T> {
  return new Source<T>();
}

type Step<T> = (reader: Reader<T>) => void;

interface Reader<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

class Source<T> implements ItemSource<T>, AsyncIterator<T, undefined> {
  left = false;
  readonly #steps: Step<T>[] = [];
  readonly #readers: Reader<T>[] = [];
  /** What every reader gets once the items are read. */
  #last: Step<T> | undefined;

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(item: T): void {
    if (this.#last !== undefined) throw new Error('Cannot push: the stream has ended');
    this.#steps.push((reader) => reader.resolve({ done: false, value: item }));
    this.#hand();
  }

  end(): void {
    this.#last ??= (reader) => reader.resolve({ done: true, value: undefined });
    this.#hand();
  }

  fail(error: unknown): void {
    this.#last ??= (reader) => reader.reject(error);
    this.#hand();
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
      this.#hand();
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.left = true;
    this.#steps.length = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  #hand(): void {
    for (let reader = this.#readers[0]; reader !== undefined; reader = this.#readers[0]) {
      const step = this.#steps.shift() ?? this.#last;
      if (step === undefined) return;
      this.#readers.shift();
      step(reader);
    }
  }
}
