/**
 * Something that several components hold, or one of them twice: it begins with the first and ends when the
 * last has let go and nobody has taken it meanwhile. StrictMode lets go and takes again in one turn, and so
 * does a page that gives way to another.
 */
export class Held {
  readonly #begin: () => void;
  readonly #end: () => void;
  #count = 0;
  #begun = false;

  constructor(begin: () => void, end: () => void) {
    this.#begin = begin;
    this.#end = end;
  }

  /** @returns lets go; an effect's cleanup */
  readonly take = (): (() => void) => {
    this.#count += 1;
    if (!this.#begun) {
      this.#begun = true;
      this.#begin();
    }
    return () => {
      this.#count -= 1;
      void Promise.resolve().then(() => {
        if (this.#count > 0 || !this.#begun) return;
        this.#begun = false;
        this.#end();
      });
    };
  };
}
