interface Entry {
  readonly since: number;
  readonly reject: (error: Error) => void;
}

/** What the server was asked and has not answered, oldest first. */
export class Outstanding {
  readonly #entries = new Set<Entry>();

  /** What `answer` gives, unless it is given up before; what comes then is ignored. */
  track<Value>(answer: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const entry = { since: performance.now(), reject };
      this.#entries.add(entry);
      answer.then(
        (value) => {
          this.#entries.delete(entry);
          resolve(value);
        },
        (error: unknown) => {
          this.#entries.delete(entry);
          // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on
          reject(error);
        },
      );
    });
  }

  /** Milliseconds the oldest has waited, 0 when there is none. */
  get age(): number {
    for (const { since } of this.#entries) return performance.now() - since;
    return 0;
  }

  giveUp(error: Error): void {
    const entries = [...this.#entries];
    this.#entries.clear();
    for (const { reject } of entries) reject(error);
  }
}
