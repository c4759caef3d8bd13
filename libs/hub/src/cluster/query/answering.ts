/** Questions of other nodes that may be under way here, in all and of one of them. */
const MAX_ALL = 1_024;
const MAX_OF_ONE = 256;
/** Those who have not said who they are share one place. */
const STRANGERS = '';

/** Questions that are being answered: one node, or a stranger, cannot hold all places. */
export class Answering {
  readonly #isKnown: (node: string) => boolean;
  readonly #ofOne = new Map<string, number>();
  #all = 0;

  constructor(isKnown: (node: string) => boolean) {
    this.#isKnown = isKnown;
  }

  /** @returns what to call when it is answered; undefined when there are enough */
  begin(node: string): (() => void) | undefined {
    const who = this.#isKnown(node) ? node : STRANGERS;
    const own = this.#ofOne.get(who) ?? 0;
    if (this.#all >= MAX_ALL || own >= MAX_OF_ONE) return undefined;
    this.#all++;
    this.#ofOne.set(who, own + 1);
    return () => {
      this.#all--;
      const left = (this.#ofOne.get(who) ?? 1) - 1;
      if (left === 0) this.#ofOne.delete(who);
      else this.#ofOne.set(who, left);
    };
  }
}
