import { LimitError, UsageError } from '#engine';
import { roomChannel } from '../../broker/channel.js';
import type { Person, PresenceStore } from '../../presence/presence-store.js';
import type { Clock } from '../../support/clock.js';
import type { MaybePromise } from '../../support/maybe-promise.js';
import type { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import { packMeta, saidAt, unpackMeta } from './person-meta.js';
import { MAX_KEY_LENGTH, MAX_META, type RosterEntry } from './roster-entry.js';
import type { Roster } from './roster.js';

/** What is said later has a later time, also where clocks differ; but not by more than this. */
const MAX_AHEAD = 60_000;

/** Somebody with connections to this node. */
interface OwnPerson {
  readonly since: number;
  said: number;
  meta: unknown;
  readonly connections: Set<string>;
}

/** What is known of one person, while the nodes are gone through. */
interface Merged {
  since: number;
  connections: number;
  said: number;
  node: string;
  meta: () => unknown;
}

/**
 * Presence of all nodes: each keeps its own people and a replica of the others'. The same key on two nodes
 * is one person, whose connections are added up, who is there since the earliest of them, and about whom
 * holds what was said last, wherever that was.
 */
export class RosterPresence implements PresenceStore {
  readonly #roster: Roster;
  readonly #node: string;
  readonly #clock: Clock;
  readonly #codecs: KnownCodecs;
  readonly #rooms = new Map<string, Map<string, OwnPerson>>();
  readonly #metas = new WeakMap<RosterEntry, { readonly meta: unknown }>();

  /** @param node id of this node */
  constructor(roster: Roster, node: string, clock: Clock, codecs: KnownCodecs) {
    this.#roster = roster;
    this.#node = node;
    this.#clock = clock;
    this.#codecs = codecs;
  }

  /**
   * @throws {LimitError} for metadata of more than 24 KiB: it would not fit between nodes
   * @throws {UsageError} for a key of more than 256 characters
   * @throws {EncodeError}
   */
  enter(room: string, key: string, connectionId: string, meta: unknown): void {
    if (key.length > MAX_KEY_LENGTH) throw longKey(key.length);
    const people = this.#rooms.get(room);
    const before = people?.get(key);
    const said = this.#later(room, key);
    const packed = packMeta(said, meta, this.#codecs);
    if (packed.length > MAX_META) throw longMeta(packed.length);
    const person = before ?? {
      since: this.#clock.now(),
      said,
      meta,
      connections: new Set<string>(),
    };
    person.said = said;
    person.meta = meta;
    person.connections.add(connectionId);
    this.#rooms.set(room, (people ?? new Map<string, OwnPerson>()).set(key, person));
    this.#announce(room, key, person, packed);
  }

  leave(room: string, key: string, connectionId: string): void {
    const people = this.#rooms.get(room);
    const person = people?.get(key);
    if (people === undefined || person?.connections.delete(connectionId) !== true) return;
    if (person.connections.size > 0) {
      const before = this.#roster.get(roomChannel(room))?.own?.entries.get(key);
      const packed = before?.meta ?? packMeta(person.said, person.meta, this.#codecs);
      this.#announce(room, key, person, packed);
      return;
    }
    people.delete(key);
    if (people.size === 0) this.#rooms.delete(room);
    this.#roster.delete(roomChannel(room), key);
  }

  get(room: string, key: string): MaybePromise<Person | undefined> {
    const isOurs = this.#rooms.get(room)?.has(key) === true;
    const opening = isOurs ? undefined : this.#roster.look(roomChannel(room));
    const find = (): Person | undefined => this.#find(room, key);
    return opening === undefined ? find() : opening.then(find);
  }

  list(room: string): MaybePromise<Person[]> {
    const opening = this.#roster.look(roomChannel(room));
    const list = (): Person[] => this.#list(room);
    return opening === undefined ? list() : opening.then(list);
  }

  /** Where a node only says how many it has, people of two nodes count twice. */
  count(room: string): MaybePromise<number> {
    const opening = this.#roster.look(roomChannel(room));
    const count = (): number => this.#count(room);
    return opening === undefined ? count() : opening.then(count);
  }

  watch(changed: (room: string, key: string) => void): void {
    this.#roster.watch('room', (room, keys) => {
      for (const key of keys) changed(room, key);
    });
  }

  #announce(room: string, key: string, { since, connections }: OwnPerson, meta: Uint8Array): void {
    this.#roster.set(roomChannel(room), key, { connections: connections.size, since, meta });
  }

  /** Now, or behind what was said about the person on any node. */
  #later(room: string, key: string): number {
    const now = this.#clock.now();
    const last = this.#merge(room, key)?.said ?? 0;
    return last < now + MAX_AHEAD ? Math.max(now, last + 1) : now;
  }

  #find(room: string, key: string): Person | undefined {
    const merged = this.#merge(room, key);
    return merged && personOf(key, merged);
  }

  #merge(room: string, key: string): Merged | undefined {
    const own = this.#rooms.get(room)?.get(key);
    let merged = own && this.#ofOwn(own);
    for (const [node, { entries }] of this.#roster.get(roomChannel(room))?.replicas ?? []) {
      const entry = entries.get(key);
      if (entry !== undefined) merged = together(merged, this.#ofOther(node, entry));
    }
    return merged;
  }

  #list(room: string): Person[] {
    const own = this.#rooms.get(room) ?? new Map<string, OwnPerson>();
    const others = [...(this.#roster.get(roomChannel(room))?.replicas ?? [])].filter(
      ([, { entries }]) => entries.size > 0,
    );
    if (others.length === 0) {
      return Array.from(own, ([key, one]) => personOf(key, this.#ofOwn(one)));
    }
    const people = new Map<string, Merged>();
    for (const [key, one] of own) people.set(key, this.#ofOwn(one));
    for (const [node, { entries }] of others) {
      for (const [key, entry] of entries) {
        people.set(key, together(people.get(key), this.#ofOther(node, entry)));
      }
    }
    return [...people].toSorted(bySince).map(([key, merged]) => personOf(key, merged));
  }

  #count(room: string): number {
    const channel = this.#roster.get(roomChannel(room));
    const replicas = [...(channel?.replicas.values() ?? [])];
    const areNamed = replicas.every(({ counts, entries }) => counts.people === entries.size);
    return areNamed ? this.#list(room).length : (channel?.counts.people ?? 0);
  }

  #ofOwn({ since, said, meta, connections }: OwnPerson): Merged {
    return { since, said, connections: connections.size, node: this.#node, meta: () => meta };
  }

  #ofOther(node: string, entry: RosterEntry): Merged {
    const { since, connections } = entry;
    return { since, connections, node, said: saidAt(entry.meta), meta: () => this.#metaOf(entry) };
  }

  /** Read when somebody wants to know, and once. */
  #metaOf(entry: RosterEntry): unknown {
    const known = this.#metas.get(entry) ?? { meta: unpackMeta(entry.meta, this.#codecs) };
    this.#metas.set(entry, known);
    return known.meta;
  }
}

function personOf(key: string, { connections, meta }: Merged): Person {
  return { key, meta: meta(), connections };
}

/** Every node comes to the same, in whatever order it goes through them. */
function together(one: Merged | undefined, other: Merged): Merged {
  if (one === undefined) return other;
  const isNewer = other.said > one.said || (other.said === one.said && other.node > one.node);
  const { said, node, meta } = isNewer ? other : one;
  return {
    since: Math.min(one.since, other.since),
    connections: one.connections + other.connections,
    said,
    node,
    meta,
  };
}

function bySince([oneKey, one]: [string, Merged], [otherKey, other]: [string, Merged]): number {
  return one.since - other.since || (oneKey < otherKey ? -1 : 1);
}

function longMeta(length: number): LimitError {
  return new LimitError(
    `Cannot track presence: metadata of at most ${MAX_META} bytes is expected on many nodes, current value is ${length} bytes`,
    'WS_ERR_PRESENCE_TOO_LARGE',
  );
}

function longKey(length: number): UsageError {
  return new UsageError(
    `Cannot track presence: a user id of at most ${MAX_KEY_LENGTH} characters is expected on many nodes, current value is ${length} characters`,
  );
}
