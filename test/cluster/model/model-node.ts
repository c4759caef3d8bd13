import {
  BrokerUnavailable,
  ErrorCode,
  WireError,
  type Connection,
  type Dropped,
  type Gap,
  type Hub,
} from '#hub';
import type { FakeTransport } from '../../../libs/hub/src/testing-fixtures/fake-transport.js';
import { serve } from '../../../libs/hub/src/testing-fixtures/fake-upgrade.js';
import { roomChannel, userChannel } from '../../../libs/hub/src/broker/channel.js';
import { Path } from './simulated/path.js';
import { ProcessClock } from './simulated/simulated-clock.js';
import { SimulatedBroker } from './simulated/simulated-broker.js';
import type { SimulatedServer } from './simulated/simulated-server.js';
import type { Violations } from './violations.js';

/** Milliseconds for which a channel that nobody needs stays subscribed, nearly. */
const LINGER = 4_900;

/** A client of a node. */
export interface ModelClient {
  readonly name: string;
  readonly node: ModelNode;
  readonly connection: Connection;
  readonly transport: FakeTransport;
  readonly user: string | undefined;
  /** Rooms it is in, and since which turn. */
  readonly rooms: Map<string, number>;
  readonly joinedAt: Map<string, number>;
  /** Rooms it was in, and until when. */
  readonly left: Map<string, number>;
  /** Broadcasts it has heard, in order. */
  readonly heard: Set<number>;
  /** The last number it heard of a publisher by a channel. */
  readonly lasts: Map<string, number>;
  /** Rooms it was told of that something may be missing, and when last. */
  readonly warned: Map<string, number>;
  /** How many of its messages have been looked at. */
  read: number;
}

export interface NodeOptions {
  readonly delivery: 'at-most-once' | 'at-least-once';
  readonly oneWire: boolean;
}

/** One process with its hub, its clients, and what it was told. */
export class ModelNode {
  readonly id: string;
  readonly hub: Hub;
  readonly path: Path;
  readonly clock: ProcessClock;
  readonly clients: ModelClient[] = [];
  readonly gaps: (Gap & { readonly toldAt: number })[] = [];
  /** Nodes that were said to be gone, and when. */
  readonly downs: { readonly node: string; readonly at: number }[] = [];
  /** Nodes it has known. */
  readonly met = new Set<string>();
  /** When its link went down. */
  readonly linkDowns: number[] = [];
  /** Broadcasts it said are missing elsewhere. */
  readonly drops: Dropped[] = [];
  /** Channels that were let go of and followed again, and since when. */
  readonly followedSince = new Map<string, number>();
  /** Broadcasts that left it: the number of the last. */
  seq = 0;
  crashed = false;
  wasUp = false;
  /** How often connections have come or gone. */
  changes = 0;
  readonly #broker: SimulatedBroker;
  readonly #connect: ReturnType<typeof serve>['connect'];
  /** When the last member of a channel went. */
  readonly #emptied = new Map<string, number>();
  #turn = 0;
  #made = 0;

  constructor(
    server: SimulatedServer,
    number: number,
    { delivery, oneWire }: NodeOptions,
    violations: Violations,
  ) {
    this.id = number.toString(16).padStart(16, '0');
    this.clock = new ProcessClock(server.clock);
    this.path = new Path(server.clock, oneWire);
    this.#broker = new SimulatedBroker(server, this.path, this.id);
    const { hub, connect } = serve(
      {},
      {},
      {
        broker: this.#broker,
        history: { maxMessages: 8 },
        cluster: { delivery, notifyGap: true, name: this.id },
        onError: (error) => {
          if (!isOutage(error)) violations.add('reports', String(error));
        },
      },
      { clock: this.clock, node: this.id },
    );
    this.hub = hub;
    this.#connect = connect;
    hub.cluster.observe({
      gap: (gap) => this.gaps.push({ ...gap, toldAt: this.clock.now() }),
      nodeUp: ({ id }) => this.met.add(id),
      nodeDown: ({ id }) => this.downs.push({ node: id, at: this.clock.now() }),
      dropped: (dropped) => this.drops.push(dropped),
      state: (state) => {
        this.wasUp ||= state === 'up';
        if (state === 'down') this.linkDowns.push(this.clock.now());
      },
    });
  }

  connect(user: string | undefined): ModelClient {
    const { connection, transport } = this.#connect({ user });
    const client: ModelClient = {
      name: `client ${++this.#made} of ${this.id}`,
      node: this,
      connection,
      transport,
      user,
      rooms: new Map(),
      joinedAt: new Map(),
      left: new Map(),
      heard: new Set(),
      lasts: new Map(),
      warned: new Map(),
      read: 0,
    };
    if (user !== undefined && this.hub.registry.byUser(user).size === 1) {
      this.#filled(userChannel(user));
    }
    this.clients.push(client);
    this.changes++;
    return client;
  }

  join(client: ModelClient, room: string): void {
    if (client.rooms.has(room)) return;
    if (this.hub.rooms.size(room) === 0) this.#filled(roomChannel(room));
    client.rooms.set(room, ++this.#turn);
    client.joinedAt.set(room, this.clock.now());
    this.hub.rooms.join(client.connection, room);
  }

  leave(client: ModelClient, room: string): void {
    if (!client.rooms.delete(room)) return;
    client.left.set(room, this.clock.now());
    this.hub.rooms.leave(client.connection, room);
    if (this.hub.rooms.size(room) === 0) this.#emptied.set(roomChannel(room), this.clock.now());
  }

  close(client: ModelClient): void {
    for (const room of client.rooms.keys()) this.leave(client, room);
    client.transport.end(1006, '', false);
    this.changes++;
    this.clients.splice(this.clients.indexOf(client), 1);
    const { user } = client;
    if (user !== undefined && this.hub.registry.byUser(user).size === 0) {
      this.#emptied.set(userChannel(user), this.clock.now());
    }
  }

  /** The server ends its session. */
  breakSession(): void {
    this.#broker.session?.close();
  }

  crash(): void {
    this.crashed = true;
    this.clock.dead = true;
    this.#broker.session?.abandon();
  }

  /** The first member has come: the channel may have been let go of. */
  #filled(channel: string): void {
    const emptied = this.#emptied.get(channel);
    if (emptied !== undefined && this.clock.now() - emptied > LINGER) {
      this.path.subscribed.delete(channel);
      this.followedSince.set(channel, this.clock.now());
    }
  }
}

/** What an application is told while the broker is away. */
function isOutage(error: unknown): boolean {
  if (error instanceof BrokerUnavailable) return true;
  return error instanceof WireError && error.code === ErrorCode.Unavailable;
}
