import { entrySize, keySize, type RosterEntry } from './roster-entry.js';
import { MAX_ENTRIES_BYTES } from './roster-limits.js';
import type { RosterCounts, RosterDelta, RosterState } from './roster-message.js';

/** What this node has in a channel, and what of it the others have not been told. */
export class OwnEntries {
  readonly channel: string;
  /** Of what was told last; 0 when nothing has been since there is anything. */
  version = 0;
  /** Whether only their number is told. */
  counted = false;
  /** Bytes they take in messages. */
  bytes = 0;
  #connections = 0;
  readonly #entries = new Map<string, RosterEntry>();
  /** Undefined most of the time: there are many channels, and most are quiet. */
  #changed: Set<string> | undefined;

  constructor(channel: string) {
    this.channel = channel;
  }

  get entries(): ReadonlyMap<string, RosterEntry> {
    return this.#entries;
  }

  get counts(): RosterCounts {
    return { people: this.#entries.size, connections: this.#connections };
  }

  get dirty(): boolean {
    return this.#changed !== undefined;
  }

  set(key: string, entry: RosterEntry): void {
    this.#forget(key);
    this.#entries.set(key, entry);
    this.bytes += entrySize(key, entry);
    this.#connections += entry.connections;
    this.#touch(key);
  }

  delete(key: string): void {
    this.#forget(key);
    if (this.#entries.delete(key)) this.#touch(key);
  }

  /** From now on names, or only their number, are told; what comes next is complete. */
  tell(counted: boolean): void {
    this.counted = counted;
    this.version = 0;
    for (const key of this.#entries.keys()) this.#touch(key);
  }

  /**
   * What has changed, in messages of which each builds on the one before. The first since there is
   * anything builds on nothing: it is complete, whatever the others think to know.
   * @param next the next version
   */
  *changes(next: () => number): Generator<RosterDelta, void, undefined> {
    let set = new Map<string, RosterEntry>();
    let del: string[] = [];
    let bytes = 0;
    const keys = this.#changed ?? [];
    this.#changed = undefined;
    for (const key of keys) {
      const entry = this.#entries.get(key);
      const size = entry === undefined ? keySize(key) : entrySize(key, entry);
      if (bytes + size > MAX_ENTRIES_BYTES) {
        yield this.#delta(next(), set, del);
        set = new Map();
        del = [];
        bytes = 0;
      }
      bytes += size;
      if (entry === undefined) del.push(key);
      else set.set(key, entry);
    }
    if (bytes > 0) yield this.#delta(next(), set, del);
  }

  /** Nothing of what has changed is told by itself. */
  settle(version: number): void {
    this.#changed = undefined;
    this.version = version;
  }

  /** All there is, split into messages. */
  state(): RosterState[] {
    const { channel, version } = this;
    if (this.counted) {
      return [{ channel, version, part: 0, parts: 1, entries: new Map(), counts: this.counts }];
    }
    const parts: Map<string, RosterEntry>[] = [new Map()];
    let bytes = 0;
    for (const [key, entry] of this.#entries) {
      const size = entrySize(key, entry);
      if (bytes + size > MAX_ENTRIES_BYTES) {
        parts.push(new Map());
        bytes = 0;
      }
      bytes += size;
      parts.at(-1)?.set(key, entry);
    }
    return parts.map((entries, part) => ({
      channel,
      version,
      part,
      parts: parts.length,
      entries,
      counts: undefined,
    }));
  }

  #delta(version: number, set: Map<string, RosterEntry>, del: string[]): RosterDelta {
    const base = this.version;
    this.version = version;
    return { channel: this.channel, base, version, set, del };
  }

  #touch(key: string): void {
    (this.#changed ??= new Set()).add(key);
  }

  #forget(key: string): void {
    const before = this.#entries.get(key);
    if (before === undefined) return;
    this.bytes -= entrySize(key, before);
    this.#connections -= before.connections;
  }
}
