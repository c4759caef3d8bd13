/** A call that is due at some time. */
export interface Due {
  readonly at: number;
  /** Counts from 0 as they were asked for. */
  readonly order: number;
  /** Undefined once it was cancelled or taken. */
  call: (() => void) | undefined;
}

/** One that was taken out. */
interface Taken extends Due {
  readonly call: () => void;
}

/** Calls in the order in which they are due; of the same time, as they were asked for. A binary heap. */
export class DueCalls {
  readonly #heap: Due[] = [];
  #order = 0;
  #size = 0;

  /** Without those that were cancelled. */
  get size(): number {
    return this.#size;
  }

  add(at: number, call: () => void): Due {
    const due: Due = { at, order: this.#order++, call };
    this.#size++;
    const heap = this.#heap;
    let place = heap.push(due) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const other = heap[parent];
      if (other === undefined || isBefore(other, due)) break;
      heap[place] = other;
      heap[(place = parent)] = due;
    }
    return due;
  }

  cancel(due: Due): void {
    if (due.call === undefined) return;
    due.call = undefined;
    this.#size--;
  }

  /** Takes out the next, if it is due by then. */
  take(until: number): Taken | undefined {
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) {
      this.#pop();
      const { at, order, call } = next;
      if (call === undefined) continue;
      this.cancel(next);
      return { at, order, call };
    }
    return undefined;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, left)) child++;
      const smaller = heap[child] ?? left;
      if (isBefore(last, smaller)) break;
      heap[place] = smaller;
      place = child;
    }
    heap[place] = last;
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
