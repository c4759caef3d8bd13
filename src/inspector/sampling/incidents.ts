import type { IncidentKind, IncidentRow } from '../contract/inspector-contract.js';

/** The last ones that are kept. */
const MAX_KEPT = 500;
/** Characters of what a peer may have had its part in. */
const MAX_TEXT = 200;

/** What went wrong, and what was done, since the inspector has been looking: the newest first. */
export class Incidents {
  #kept: IncidentRow[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(kind: IncidentKind, path: string, what: string, connection = ''): void {
    this.#count++;
    this.#kept.push({
      id: this.#count,
      at: Date.now(),
      kind,
      path: path.slice(0, MAX_TEXT),
      what: what.slice(0, MAX_TEXT),
      connection,
    });
    if (this.#kept.length >= MAX_KEPT * 2) this.#kept = this.#kept.slice(-MAX_KEPT);
  }

  rows(): readonly IncidentRow[] {
    return this.#kept.slice(-MAX_KEPT);
  }
}
