import type { MetricAttributes, ObservableResult } from '@opentelemetry/api';

/** One number of a tally. */
export interface Cell {
  value: number;
  readonly attributes: MetricAttributes;
}

/**
 * Numbers by attributes, which an observable instrument reads: counting is an addition, for the API has no
 * instrument that is bound to its attributes.
 */
export class Tally {
  readonly #names: readonly string[];
  readonly #cells = new Map<string, Cell>();

  /** @param names of the attributes */
  constructor(...names: readonly string[]) {
    this.#names = names;
  }

  /** @param values of the attributes, in the order of the names; there are few of them */
  cell(...values: readonly string[]): Cell {
    const key = JSON.stringify(values);
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      const attributes: MetricAttributes = {};
      for (const [index, name] of this.#names.entries()) attributes[name] = values[index] ?? '';
      cell = { value: 0, attributes };
      this.#cells.set(key, cell);
    }
    return cell;
  }

  observe(result: ObservableResult): void {
    for (const { value, attributes } of this.#cells.values()) result.observe(value, attributes);
  }
}
