import type { ModelClient, ModelNode } from './model-node.js';
import type { Violations } from './violations.js';

export const PRESENCE_ROOMS = ['q0', 'q1'];

interface Learned {
  readonly room: string;
  readonly people?: readonly { readonly key: string }[];
  readonly joined?: readonly { readonly key: string }[];
  readonly left?: readonly string[];
}

/** Who is present where, and what each client was told of it. */
export class People {
  readonly #violations: Violations;
  readonly #within: (what: string, node: ModelNode, asked: Promise<unknown>) => void;
  readonly #present = new Map<ModelClient, Map<string, ReadonlySet<string>>>();

  constructor(
    violations: Violations,
    within: (what: string, node: ModelNode, asked: Promise<unknown>) => void,
  ) {
    this.#violations = violations;
    this.#within = within;
  }

  track(client: ModelClient, room: string): void {
    const rooms = this.#of(client);
    if (!rooms.has(room)) rooms.set(room, new Set());
    const { hub } = client.node;
    this.#within('track', client.node, hub.presence.track(client.connection, room, client.name));
  }

  untrack(client: ModelClient, room: string): void {
    if (this.#of(client).delete(room)) client.node.hub.rooms.leave(client.connection, room);
  }

  heard(client: ModelClient, { event, data }: Record<string, unknown>): void {
    if (event !== '$presence') return;
    const { room, people, joined = [], left = [] } = data as Learned;
    const known = this.#of(client).get(room);
    if (known === undefined) return;
    const folded = new Set(people === undefined ? known : []);
    for (const { key } of [...(people ?? []), ...joined]) folded.add(key);
    for (const key of left) folded.delete(key);
    this.#of(client).set(room, folded);
  }

  /** All is healed. */
  async end(nodes: readonly ModelNode[]): Promise<void> {
    const clients = nodes.flatMap((node) => node.clients);
    for (const room of PRESENCE_ROOMS) {
      const there = clients.filter((client) => this.#of(client).has(room));
      const truth = sorted(there.map(({ user, connection }) => user ?? connection.id));
      for (const node of nodes) {
        const people = sorted((await node.hub.presence.people(room)).map(({ key }) => key));
        if (people !== truth) {
          this.#violations.add('presence', `${room} at ${node.id}: ${people}, not ${truth}`);
        }
      }
      for (const client of there) {
        const folded = sorted(this.#of(client).get(room) ?? []);
        if (folded === truth) continue;
        this.#violations.add('presence', `${room} at ${client.name}: ${folded}, not ${truth}`);
      }
    }
  }

  #of(client: ModelClient): Map<string, ReadonlySet<string>> {
    const present = this.#present.get(client) ?? new Map<string, ReadonlySet<string>>();
    this.#present.set(client, present);
    return present;
  }
}

function sorted(keys: Iterable<string>): string {
  return [...new Set(keys)].toSorted().join();
}
