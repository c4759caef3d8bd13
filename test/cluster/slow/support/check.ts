import { expect } from '@jest/globals';
import { tableOf, type Outcome } from './outcome.js';

/** What is promised of a fault. */
export interface Promised {
  /** Milliseconds the nodes may take to be up again, once its cause is over. */
  readonly upWithin: number;
  /** Whether at-most-once may lose something, which is announced then. */
  readonly mayLose?: boolean;
}

/** The outcomes of a file of scenarios. */
export class Outcomes {
  readonly #rows: { name: string; outcome: Outcome; up: number }[] = [];

  /** Holds one outcome against what is promised of it. */
  check(
    name: string,
    { outcome, up }: { outcome: Outcome; up: number },
    { upWithin, mayLose = false }: Promised,
    delivery: string,
  ): void {
    this.#rows.push({ name, outcome, up });
    expect(outcome.expected).toBeGreaterThan(0);
    expect(outcome).toMatchObject({ doubled: 0, disordered: 0, localLost: 0, unannounced: 0 });
    expect(outcome.unhandled).toEqual([]);
    if (delivery === 'at-least-once' || !mayLose) expect(outcome.lost).toBe(0);
    expect(up).toBeLessThanOrEqual(upWithin);
  }

  /** As a table, for whoever ran them. */
  print(): void {
    process.stdout.write(`\n${tableOf(this.#rows)}\n`);
  }
}
