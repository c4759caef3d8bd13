import type { Happening } from '../machine.js';

const KEPT = 30;

/** What has happened lately. */
export class Happenings {
  #number = 0;
  #latest: readonly Happening[] = [];

  get latest(): readonly Happening[] {
    return this.#latest;
  }

  add(text: string): void {
    this.#number += 1;
    const one = { number: this.#number, at: Date.now(), text };
    this.#latest = [...this.#latest, one].slice(-KEPT);
  }
}
