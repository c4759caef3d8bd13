import type { ModelClient, ModelNode } from './model-node.js';
import type { SimulatedServer } from './simulated/simulated-server.js';
import type { Violations } from './violations.js';

export const HISTORY_ROOMS = ['h0', 'h1'];

interface Place {
  readonly room: string;
  readonly epoch: string;
  readonly offset: number;
}

interface Joined extends Place {
  readonly count: number;
  readonly recovered?: boolean;
}

/** What one client knows of a room, and where it said it was when it joined. */
interface Told {
  epoch: string;
  /** The last it has, or the one before the first that is announced. */
  offset: number;
  since: Place | undefined;
}

/** Rooms with a history: one order for everybody, and no word of `recovered` that is not true. */
export class Histories {
  readonly #server: SimulatedServer;
  readonly #violations: Violations;
  readonly #within: (what: string, node: ModelNode, asked: Promise<unknown>) => void;
  readonly #told = new Map<ModelClient, Map<string, Told>>();
  /** What stands at each place, whoever said so. */
  readonly #log = new Map<string, number>();
  readonly #places: Place[] = [];
  #serial = 0;

  constructor(
    server: SimulatedServer,
    violations: Violations,
    within: (what: string, node: ModelNode, asked: Promise<unknown>) => void,
  ) {
    this.#server = server;
    this.#violations = violations;
    this.#within = within;
  }

  publish(node: ModelNode, room: string): void {
    const published = node.hub.history.publish(room, 'said', ++this.#serial);
    this.#within('publish', node, published);
  }

  join(client: ModelClient, room: string): void {
    const told = this.#of(client);
    if (told.has(room)) return;
    const { clock } = this.#server;
    const places = this.#places.filter((place) => place.room === room);
    const since = clock.chance(0.2)
      ? undefined
      : clock.chance(0.6)
        ? places.at(-1)
        : clock.pick(places);
    told.set(room, { epoch: '', offset: 0, since });
    const options = since === undefined ? { latest: 2 } : { since };
    const joined = client.node.hub.history.join(client.connection, room, options);
    this.#within('join', client.node, joined);
    joined.catch(() => told.delete(room));
  }

  leave(client: ModelClient, room: string): void {
    // A join that is under way would come after it.
    if (this.#of(client).get(room)?.epoch === '') return;
    if (this.#of(client).delete(room)) client.node.hub.rooms.leave(client.connection, room);
  }

  heard(client: ModelClient, { event, data, at }: Record<string, unknown>): void {
    if (event === '$joined') this.#joined(client, data as Joined);
    if (event === 'said') this.#said(client, at as Place, data as number);
    // What comes next may be behind a hole.
    if (event === '$gap') this.#gap(client, (data as { room: string }).room);
  }

  /** All is healed, and something was published since. */
  end(nodes: readonly ModelNode[]): void {
    for (const node of nodes) {
      for (const client of node.clients) {
        for (const [room, { epoch, offset }] of this.#of(client)) {
          const end = this.#server.stores?.histories.end(room);
          if (end?.epoch === epoch && end.offset === offset) continue;
          // It was told that it may have missed something, and there is nothing since.
          if (end?.offset === 0 && Number.isNaN(offset)) continue;
          const where = `${room} at ${client.name}: ${epoch} ${offset}`;
          this.#violations.add('histories', `${where}, not ${end?.epoch} ${end?.offset}`);
        }
      }
    }
  }

  #of(client: ModelClient): Map<string, Told> {
    const told = this.#told.get(client) ?? new Map<string, Told>();
    this.#told.set(client, told);
    return told;
  }

  #gap(client: ModelClient, room: string): void {
    const told = this.#of(client).get(room);
    if (told !== undefined) told.offset = Number.NaN;
  }

  #joined(client: ModelClient, { room, epoch, offset, count, recovered }: Joined): void {
    const told = this.#of(client).get(room);
    if (told === undefined) return;
    const { since } = told;
    const where = `${room} at ${client.name}, since ${since?.epoch} ${since?.offset}`;
    const missed = since?.epoch === epoch ? offset - since.offset : undefined;
    if (recovered === true && missed !== count) {
      this.#violations.add('recovered', `${where}: true with ${count} up to ${epoch} ${offset}`);
    }
    if (recovered !== true && missed !== undefined && this.#isKept(room, since)) {
      this.#violations.add('recovered', `${where}: false up to ${epoch} ${offset}`);
    }
    told.epoch = epoch;
    told.offset = offset - count;
  }

  /** Whether the server has all behind a place: then it had it before as well. */
  #isKept(room: string, since: Place | undefined): boolean {
    const { stores } = this.#server;
    if (stores === undefined || since === undefined) return false;
    const bounds = { maxMessages: 8, maxBytes: 262_144, maxAge: 600_000 };
    const { epoch, offset, entries } = stores.histories.read(room, 0, bounds);
    return epoch === since.epoch && (entries[0]?.offset ?? offset + 1) <= since.offset + 1;
  }

  #said(client: ModelClient, place: Place, serial: number): void {
    const { room, epoch, offset } = place;
    const key = `${room} ${epoch} ${offset}`;
    const known = this.#log.get(key);
    if (known === undefined) {
      this.#log.set(key, serial);
      this.#places.push(place);
    } else if (known !== serial) {
      this.#violations.add('histories', `${key} is ${serial} at ${client.name}, and was ${known}`);
    }
    const told = this.#of(client).get(room);
    if (told === undefined) return;
    if (told.epoch === epoch && offset !== told.offset + 1 && !Number.isNaN(told.offset)) {
      this.#violations.add('histories', `${key} after ${told.offset} at ${client.name}`);
    }
    told.epoch = epoch;
    told.offset = offset;
  }
}
