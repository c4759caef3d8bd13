/**
 * Objects a connection needs only while something happens on it. Between messages they are in the same
 * state for every connection, so ten thousand silent ones share a few instead of having one each.
 */
export class Pool<T> {
  private readonly resting: T[] = [];

  /** @param capacity how many may rest here; more are left to the garbage collector */
  constructor(private readonly capacity: number) {}

  take(): T | undefined {
    return this.resting.pop();
  }

  /** Takes back what holds nothing of its last user. */
  give(item: T): void {
    if (this.resting.length < this.capacity) this.resting.push(item);
  }
}
