/** Longest key, in UTF-16 units: the id of a user or of a connection. */
export const MAX_KEY_LENGTH = 256;
/** Bytes that may be said about one key: two entries fit into a message. */
export const MAX_META = 24 * 1024;

/** What a node has under one key of a channel. */
export interface RosterEntry {
  /** From 1. */
  readonly connections: number;
  /** Milliseconds since the epoch, by the clock of its node; since when it is there. */
  readonly since: number;
  /** Whatever else is said about it; may be empty. */
  readonly meta: Uint8Array;
}

/** Bytes an entry takes in a message, at most; what counts for the limits. */
export function entrySize(key: string, { meta }: RosterEntry): number {
  return keySize(key) + 14 + meta.length;
}

export function keySize(key: string): number {
  return 3 + key.length * 3;
}

export function sameEntry(one: RosterEntry, other: RosterEntry): boolean {
  return (
    one.connections === other.connections &&
    one.since === other.since &&
    Buffer.compare(one.meta, other.meta) === 0
  );
}
