import type { Room } from 'nestwire/client';
import type { LogContract } from './log-gateway.js';

type Seen =
  | { readonly epoch: string; readonly offset: number; readonly n: number }
  | { readonly recovered: boolean };

/** Writes down what a room hands out, and says what is wrong with it. */
export class Witness {
  readonly #seen: Seen[] = [];
  last = 0;

  constructor(room: Room<LogContract>) {
    room.on('said', (n, { at }) => {
      if (at === undefined) throw new Error('Without a place');
      this.#seen.push({ epoch: at.epoch, offset: at.offset, n });
      this.last = n;
    });
    room.onRecovered(({ recovered }) => this.#seen.push({ recovered }));
  }

  get counts(): { messages: number; whole: number; lost: number } {
    const told = this.#seen.filter((each) => 'recovered' in each);
    const whole = told.filter(({ recovered }) => recovered).length;
    return { messages: this.#seen.length - told.length, whole, lost: told.length - whole };
  }

  /** One line for each thing that must not be. */
  faults(): string[] {
    const faults: string[] = [];
    const numbers = new Set<number>();
    let before: Extract<Seen, { n: number }> | undefined;
    let lost = false;
    for (const each of this.#seen) {
      if ('recovered' in each) {
        lost ||= !each.recovered;
        continue;
      }
      if (numbers.has(each.n)) faults.push(`${each.n} came twice`);
      numbers.add(each.n);
      const next =
        before !== undefined && before.epoch === each.epoch && before.offset + 1 === each.offset;
      if (before !== undefined && !lost && !next) faults.push(`a hole before ${each.n}`);
      if (before !== undefined && lost && next) faults.push(`nothing was lost before ${each.n}`);
      if (before !== undefined && each.n < before.n) faults.push(`${each.n} is out of order`);
      before = each;
      lost = false;
    }
    return faults;
  }
}
