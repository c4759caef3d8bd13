import { entrySize, sameEntry, type RosterEntry } from './roster-entry.js';
import { MAX_PEOPLE, MAX_STATE } from './roster-limits.js';
import type { Entries, RosterCounts, RosterDelta } from './roster-message.js';

const NOBODY: RosterCounts = { people: 0, connections: 0 };
/** Most replicas have nobody: they need no map of their own. */
const NONE: Entries = new Map<string, RosterEntry>();

/**
 * What is known of what another node has in a channel. Without anybody it still knows its version: what
 * comes late would otherwise bring back who has left.
 */
export class Replica {
  /** 0 while nothing is known. */
  version = 0;
  /** The latest version it was heard of; above `version` something is missing. */
  newest = 0;
  /** When anything was heard of it last. */
  heardAt = 0;
  /** Told instead of the entries. */
  #counted: RosterCounts | undefined;
  #entries: Map<string, RosterEntry> | undefined;
  #connections = 0;
  #bytes = 0;

  get entries(): Entries {
    return this.#entries ?? NONE;
  }

  /** Whether anybody is there, named or not. */
  get occupied(): boolean {
    return this.counts.people > 0;
  }

  get counts(): RosterCounts {
    if (this.#counted !== undefined) return this.#counted;
    const { size } = this.entries;
    return size === 0 ? NOBODY : { people: size, connections: this.#connections };
  }

  /** More than one node names to another: whoever says so is no node of ours. */
  get overflows(): boolean {
    return this.entries.size > MAX_PEOPLE || this.#bytes > MAX_STATE;
  }

  /**
   * Takes over changes that build on what is known, or on nothing.
   * @returns keys of which something is another now; undefined when it cannot be used: it is old, or
   *   something is missing before it (`newest` is above `version` then)
   */
  apply({ base, version, set, del }: RosterDelta): readonly string[] | undefined {
    this.newest = Math.max(this.newest, version);
    if (version <= this.version) return undefined;
    if (base === 0) return this.replace(version, set);
    if (base !== this.version || base === version || this.#counted !== undefined) return undefined;
    this.version = version;
    const changed = del.filter((key) => this.#delete(key));
    for (const [key, entry] of set) if (this.#set(key, entry)) changed.push(key);
    return changed;
  }

  /** Takes over all there is. @returns as `apply`; undefined when it is old */
  replace(version: number, entries: Entries, counts?: RosterCounts): readonly string[] | undefined {
    this.newest = Math.max(this.newest, version);
    if (version <= this.version) return undefined;
    this.version = version;
    this.#counted = counts;
    const changed = [...this.entries.keys()].filter(
      (key) => !entries.has(key) && this.#delete(key),
    );
    for (const [key, entry] of entries) if (this.#set(key, entry)) changed.push(key);
    return changed;
  }

  /** Keeps only how many there are. @returns the keys it knew */
  overflow(): readonly string[] {
    const keys = [...this.entries.keys()];
    this.#counted = this.counts;
    this.#entries = undefined;
    this.#connections = 0;
    this.#bytes = 0;
    return keys;
  }

  #set(key: string, entry: RosterEntry): boolean {
    const before = this.entries.get(key);
    if (before !== undefined && sameEntry(before, entry)) return false;
    this.#connections += entry.connections - (before?.connections ?? 0);
    this.#bytes += entrySize(key, entry) - (before === undefined ? 0 : entrySize(key, before));
    // In its place: the order in which they came is kept.
    (this.#entries ??= new Map()).set(key, entry);
    return true;
  }

  #delete(key: string): boolean {
    const before = this.entries.get(key);
    if (before === undefined) return false;
    this.#connections -= before.connections;
    this.#bytes -= entrySize(key, before);
    this.#entries?.delete(key);
    if (this.#entries?.size === 0) this.#entries = undefined;
    return true;
  }
}
