import { kEnter } from '../support/own-names.js';
import type { Around } from './news.js';

/** Something about to run that whoever hears of its beginning may put something around. */
export class Enclosed {
  #around: Around | undefined;

  /** Runs what begins within `around`; of several the one that came last is outermost. */
  enclose(around: Around): void {
    const inner = this.#around;
    this.#around = inner === undefined ? around : (call) => around(() => inner(call));
  }

  /** @internal Runs `call` once, whatever is around it does. @param call throws nothing */
  [kEnter]<Value>(call: () => Value, failed: (error: unknown) => void): Value {
    const around = this.#around;
    this.#around = undefined;
    if (around === undefined) return call();
    let returned: { readonly value: Value } | undefined;
    try {
      around(() => {
        returned ??= { value: call() };
      });
    } catch (error) {
      failed(error);
    }
    return (returned ?? { value: call() }).value;
  }
}
