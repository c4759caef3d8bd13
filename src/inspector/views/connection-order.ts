import type { Rooms } from '#hub';
import type { ConnectionRow, View } from '../contract/inspector-contract.js';
import type { SampledConnection } from '../sampling/sampled-connection.js';
import type { Sampler } from '../sampling/sampler.js';

type Rank = (sampled: SampledConnection) => number | string;

const RANKS: Readonly<Record<string, Rank>> = {
  id: ({ id }) => id,
  path: ({ path }) => path,
  user: ({ connection }) => connection.userId ?? '',
  ip: ({ connection }) => connection.handshake.ip,
  // The oldest has the greatest age.
  age: ({ connection }) => -connection.connectedAt,
  idle: ({ connection }) => -connection.lastActivity,
  latency: ({ latency }) => latency,
  queue: ({ queue }) => queue,
  rooms: ({ connection }) => connection.rooms.size,
  messages: ({ messages }) => messages,
  bytes: ({ bytes }) => bytes,
  dropped: ({ dropped }) => dropped,
};

/**
 * The connections in the order that one inspector wants. It is kept from one look to the next: what is nearly
 * in order is sorted in a single pass.
 */
export class ConnectionOrder {
  readonly #sampler: Sampler;
  readonly #rooms: Rooms;
  #order: SampledConnection[] = [];
  #known = new Set<SampledConnection>();
  /** What it is sorted by. */
  #by = '';

  constructor(sampler: Sampler, rooms: Rooms) {
    this.#sampler = sampler;
    this.#rooms = rooms;
  }

  /** @param measured whether there are new figures since the last time */
  window(view: View, measured: boolean): { total: number; rows: ConnectionRow[] } {
    const { from, count, sort, descending } = view;
    const by = `${sort} ${descending}`;
    if (measured || by !== this.#by) this.#sort(view);
    this.#by = by;
    const now = Date.now();
    const matches = this.#filter(view);
    const rows: ConnectionRow[] = [];
    let total = 0;
    for (const sampled of this.#order) {
      if (!matches(sampled)) continue;
      if (total >= from && rows.length < count) rows.push(sampled.row(now));
      total++;
    }
    return { total, rows };
  }

  #sort({ sort, descending }: View): void {
    if (this.#order.some(({ closed }) => closed)) {
      this.#order = this.#order.filter(({ closed }) => !closed);
      this.#known = new Set(this.#order);
    }
    if (this.#order.length < this.#sampler.size) {
      for (const sampled of this.#sampler.connections) {
        if (this.#known.has(sampled)) continue;
        this.#known.add(sampled);
        this.#order.push(sampled);
      }
    }
    const rank = RANKS[sort] ?? RANKS['id']!;
    for (const sampled of this.#order) sampled.rank = rank(sampled);
    this.#order.sort(
      descending ? (a, b) => compare(b.rank, a.rank) : (a, b) => compare(a.rank, b.rank),
    );
  }

  #filter({ search, room, user, slow }: View): (sampled: SampledConnection) => boolean {
    const members = room === undefined ? undefined : this.#rooms.members(room);
    return (sampled) =>
      (members === undefined || members.has(sampled.connection)) &&
      (user === undefined || sampled.connection.userId === user) &&
      (slow !== true || sampled.slow) &&
      (search === '' || sampled.contains(search));
  }
}

export function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
