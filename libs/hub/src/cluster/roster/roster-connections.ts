import type { Clock } from '../../support/clock.js';
import type { ClusterBus } from '../bus/cluster-bus.js';
import { MAX_KEY_LENGTH, type RosterEntry } from './roster-entry.js';
import type { RosterChannel } from './roster-channel.js';
import type { Roster } from './roster.js';

/** What was counted wrongly a moment ago, for another node's word was under way, closes nobody. */
const GRACE = 250;
/** Who comes later has a later time, also where clocks differ; but not by more than this. */
const MAX_AHEAD = 60_000;

const NO_META = new Uint8Array(0);

/** Whose connections are counted. */
interface Counted {
  readonly kind: 'user' | 'address';
  /** How many one may have, from 1. */
  readonly limit: number;
  readonly channel: (name: string) => string;
  /** The name in the channel of whoever has this id. */
  readonly name: (id: string) => string;
  /** One of this node's connections is to be closed. */
  readonly surplus: (connectionId: string) => void;
}

/**
 * Connections of users, or of addresses, on all nodes. What may be opened is decided at once, by what is
 * known here; where two nodes let one in at the same time, or did not know of each other, those that came
 * last are closed, and every node comes to the same.
 */
export class RosterConnections {
  readonly #roster: Roster;
  readonly #bus: ClusterBus;
  readonly #clock: Clock;
  readonly #counted: Counted;
  readonly #checked = new Set<string>();

  constructor(roster: Roster, bus: ClusterBus, clock: Clock, counted: Counted) {
    this.#roster = roster;
    this.#bus = bus;
    this.#clock = clock;
    this.#counted = counted;
    roster.watch(counted.kind, (name) => this.#check(name));
  }

  /** Those to other nodes. While the link is down what was known of them means nothing: none. */
  elsewhere(id: string): number {
    if (!this.#bus.up || id.length > MAX_KEY_LENGTH) return 0;
    const channel = this.#of(this.#counted.name(id));
    if (channel === undefined) return 0;
    return channel.counts.connections - (channel.own?.counts.connections ?? 0);
  }

  came(id: string, connectionId: string): void {
    // What has no channel is counted by each node for itself.
    if (id.length > MAX_KEY_LENGTH) return;
    const name = this.#counted.name(id);
    const since = this.#later(name);
    this.#roster.set(this.#counted.channel(name), connectionId, {
      connections: 1,
      since,
      meta: NO_META,
    });
  }

  gone(id: string, connectionId: string): void {
    this.#roster.delete(this.#counted.channel(this.#counted.name(id)), connectionId);
  }

  #check(name: string): void {
    if (!this.#exceeded(name) || this.#checked.has(name)) return;
    this.#checked.add(name);
    this.#clock.after(GRACE, () => {
      this.#checked.delete(name);
      if (this.#exceeded(name)) this.#closeSurplus(name);
    });
  }

  #exceeded(name: string): boolean {
    const channel = this.#of(name);
    if (channel?.own === undefined || !this.#bus.up) return false;
    return channel.counts.connections > this.#counted.limit;
  }

  #closeSurplus(name: string): void {
    const channel = this.#of(name);
    if (channel?.own === undefined) return;
    const all = [...channel.own.entries].map((entry) => placed(this.#bus.node, entry));
    for (const [node, { entries }] of channel.replicas) {
      for (const entry of entries) all.push(placed(node, entry));
    }
    for (const { node, key } of all.toSorted(byAge).slice(this.#counted.limit)) {
      if (node === this.#bus.node) this.#counted.surplus(key);
    }
  }

  #of(name: string): RosterChannel | undefined {
    return this.#roster.get(this.#counted.channel(name));
  }

  #later(name: string): number {
    const now = this.#clock.now();
    const channel = this.#of(name);
    let last = newest(channel?.own?.entries);
    for (const { entries } of channel?.replicas.values() ?? []) {
      last = Math.max(last, newest(entries));
    }
    return last < now + MAX_AHEAD ? Math.max(now, last + 1) : now;
  }
}

interface Placed {
  readonly node: string;
  readonly key: string;
  readonly since: number;
}

function placed(node: string, [key, { since }]: [string, RosterEntry]): Placed {
  return { node, key, since };
}

/** Ids of connections differ everywhere. */
function byAge(one: Placed, other: Placed): number {
  return (
    one.since - other.since || (`${one.node} ${one.key}` < `${other.node} ${other.key}` ? -1 : 1)
  );
}

function newest(entries: ReadonlyMap<string, RosterEntry> | undefined): number {
  let last = 0;
  for (const { since } of entries?.values() ?? []) last = Math.max(last, since);
  return last;
}
