import { kAround, kEnter } from '../support/own-names.js';
import type { Around } from './news.js';

let depth = 0;

/** Whether what runs now, at once and not later, has something around it: an async context to be kept. */
export function isEnclosed(): boolean {
  return depth > 0;
}

/** Something about to run that whoever hears of its beginning may put something around. */
export class Enclosed {
  #around: Around | undefined;

  /** @internal Whether anything was put around it. */
  get [kAround](): boolean {
    return this.#around !== undefined;
  }

  /** Runs what begins within `around`; of several the one that came last is outermost. */
  enclose(around: Around): void {
    const inner = this.#around;
    this.#around = inner === undefined ? around : (call) => around(() => inner(call));
  }

  /** @internal Runs `call` once, whatever is around it does. @throws what `call` throws */
  [kEnter]<Value>(call: () => Value, failed: (error: unknown) => void): Value {
    const around = this.#around;
    this.#around = undefined;
    if (around === undefined) return call();
    let result: (() => Value) | undefined;
    try {
      around(() => {
        result ??= enclosed(call);
      });
    } catch (error) {
      failed(error);
    }
    return result === undefined ? call() : result();
  }
}

/** @returns what returns or throws what `call` has */
function enclosed<Value>(call: () => Value): () => Value {
  depth++;
  try {
    const value = call();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  } finally {
    depth--;
  }
}
