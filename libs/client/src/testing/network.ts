/**
 * What lies between the clients and a fake server. Nothing here takes time: a message of the server arrives
 * at once, one of a client when what it does now is done, as from a socket. No timer, so fake ones do no harm.
 */
export class Network {
  #due: (() => void)[] = [];
  #delivering = false;
  #silent = false;
  #posted = 0;

  /** Messages that are on their way and will arrive without anybody's doing. */
  get busy(): boolean {
    return this.#posted > 0;
  }

  /** Arrives at once; behind what is arriving already. */
  deliver(arrive: () => void): void {
    this.#due.push(arrive);
    this.#drain();
  }

  /** Arrives later, in order. */
  post(arrive: () => void): void {
    this.#posted += 1;
    void Promise.resolve().then(() => {
      this.#posted -= 1;
      this.deliver(arrive);
    });
  }

  /** Nothing arrives at either end, and nobody is told. */
  silence(): void {
    this.#silent = true;
  }

  /** What was said meanwhile arrives. */
  resume(): void {
    this.#silent = false;
    this.#drain();
  }

  #drain(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      while (!this.#silent) {
        const arrive = this.#due.shift();
        if (arrive === undefined) return;
        arrive();
      }
    } finally {
      this.#delivering = false;
    }
  }
}
