import type { RosterEntry } from './roster-entry.js';
import { MAX_PEOPLE, MAX_STATE } from './roster-limits.js';
import type { Entries, RosterState } from './roster-message.js';

/** Entries and bytes of unfinished states that are kept in all. */
const MAX_KEPT_ENTRIES = 8 * MAX_PEOPLE;
const MAX_KEPT_BYTES = 8 * MAX_STATE;
/** Unfinished states that are kept at a time. */
const MAX_UNFINISHED = 64;

interface Unfinished {
  readonly version: number;
  readonly parts: (Entries | undefined)[];
  missing: number;
  entries: number;
  bytes: number;
}

/** Puts states together that came in several messages: half of one is never taken for the whole. */
export class StateParts {
  readonly #unfinished = new Map<string, Unfinished>();
  #entries = 0;
  #bytes = 0;

  /** States that wait for the rest, for tests of leaks. */
  get size(): number {
    return this.#unfinished.size;
  }

  /**
   * @param bytes of the message
   * @returns all entries, once all parts of one version are there
   */
  add(from: string, state: RosterState, bytes: number): Entries | undefined {
    if (state.parts === 1) return state.entries;
    // Ids of nodes have one length.
    const name = `${from} ${state.channel}`;
    const one = this.#of(name, state);
    if (one === undefined || one.parts[state.part] !== undefined) return undefined;
    one.parts[state.part] = state.entries;
    one.missing--;
    one.entries += state.entries.size;
    one.bytes += bytes;
    this.#entries += state.entries.size;
    this.#bytes += bytes;
    if (one.missing === 0) {
      this.#drop(name);
      return merged(one.parts);
    }
    while (this.#overflows()) this.#drop(this.#unfinished.keys().next().value ?? '');
    return undefined;
  }

  /** Forgets what came of a node that is gone. */
  forget(from: string): void {
    for (const name of this.#unfinished.keys()) if (name.startsWith(from)) this.#drop(name);
  }

  #of(name: string, { version, parts }: RosterState): Unfinished | undefined {
    const present = this.#unfinished.get(name);
    if (present !== undefined) {
      if (present.version > version) return undefined;
      if (present.version === version && present.parts.length === parts) return present;
      this.#drop(name);
    }
    const one: Unfinished = {
      version,
      parts: Array.from<undefined>({ length: parts }),
      missing: parts,
      entries: 0,
      bytes: 0,
    };
    this.#unfinished.set(name, one);
    return one;
  }

  #drop(name: string): void {
    const one = this.#unfinished.get(name);
    if (one === undefined) return;
    this.#unfinished.delete(name);
    this.#entries -= one.entries;
    this.#bytes -= one.bytes;
  }

  #overflows(): boolean {
    return (
      this.#unfinished.size > MAX_UNFINISHED ||
      this.#entries > MAX_KEPT_ENTRIES ||
      this.#bytes > MAX_KEPT_BYTES
    );
  }
}

function merged(parts: readonly (Entries | undefined)[]): Entries {
  const entries = new Map<string, RosterEntry>();
  for (const part of parts) for (const [key, entry] of part ?? []) entries.set(key, entry);
  return entries;
}
