import type { Random } from '../../support/random.js';

/**
 * One thing that reads bytes from outside. An input says everything about a run: its first four bytes are
 * the seed of what is chosen (options, where the bytes are cut), the others are what is read.
 */
export interface Target {
  readonly name: string;
  /** Bytes that are mostly right, to be spoilt. */
  generate(random: Random): Buffer;
  /** @throws when an invariant does not hold */
  run(bytes: Buffer, random: Random): void | Promise<void>;
  /** Runs at a time; default 1. What waits for a socket leaves time for others. */
  readonly parallel?: number;
  readonly start?: () => Promise<void>;
  readonly stop?: () => Promise<void>;
}

/** Thrown where an invariant does not hold. */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}
