import type { Delivery } from '../cluster-model.js';
import type { Invariant } from '../violations.js';

/** A rule that is broken on purpose, and the invariant that has to find it. */
export interface Mutation {
  readonly rule: string;
  readonly finds: Invariant;
  readonly delivery: Delivery;
  /** One that finds it. When the model is another one, it may be one that comes soon after. */
  readonly seed: number;
  /** @returns how to mend it */
  readonly apply: () => () => void;
}

/** Replaces a method, or a getter, of all objects of a class. */
export function patch<Prototype extends object, Name extends keyof Prototype & string>(
  prototype: Prototype,
  name: Name,
  change: (real: Prototype[Name]) => unknown,
): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  if (descriptor === undefined) throw new Error(`Cannot break ${name}: there is none`);
  if (descriptor.get === undefined) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what stands there
    const value = change(descriptor.value as Prototype[Name]);
    Object.defineProperty(prototype, name, { ...descriptor, value });
  } else {
    // oxlint-disable-next-line typescript/unbound-method -- called with the object it belongs to
    const { get } = descriptor;
    const broken = function (this: Prototype): unknown {
      return change(get.call(this) as Prototype[Name]);
    };
    Object.defineProperty(prototype, name, { ...descriptor, get: broken });
  }
  return () => Object.defineProperty(prototype, name, descriptor);
}
