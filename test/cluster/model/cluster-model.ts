import type { Address } from '../../../libs/hub/src/rooms/address.js';
import { random } from '../../realtime/support/scripted-stores.js';
import { Broadcasts } from './broadcasts.js';
import { Faults } from './faults.js';
import { Histories, HISTORY_ROOMS } from './histories.js';
import { Mails } from './mail.js';
import { ModelNode, type ModelClient } from './model-node.js';
import { People, PRESENCE_ROOMS } from './people.js';
import { SimulatedClock } from './simulated/simulated-clock.js';
import { inSimulatedTime } from './simulated/simulated-process.js';
import { SimulatedServer } from './simulated/simulated-server.js';
import { Violations } from './violations.js';

const ROOMS = ['r0', 'r1', 'r2', 'r3'];
const USERS = ['ada', 'bob', undefined];
const STEPS = 250;
const MAX_NODES = 4;
/** Nobody on the nodes that send to it is there. */
const FLOOD = 'flood';
/** Milliseconds in which all comes to rest once it is healed: the silence after which a node is gone, and more. */
const REST = 20_000;
/** The same where messages got lost in silence: each room says its version once a minute, +-20 %. */
const SILENT_REST = 75_000;
/** And what is left of three minutes, after which nodes are asked that say nothing of a room any more. */
const PRESENCE_REST = 90_000;
/** Milliseconds of simulated time within which whatever is asked has an answer. */
const PENDING_LIMIT = 2_000;
/** A room is settled when its history is followed and read, too. */
const SETTLE_LIMIT = 4_000;
/** A client waits longer for what it has missed: the follow, and two reads. */
const JOIN_LIMIT = 10_000;
const OUTBOX_LIMIT = 16 * 1024 * 1024;

export type Delivery = 'at-most-once' | 'at-least-once';

/** Several hubs over a server that fails, what is done with them, and what must be true of them. */
export class ClusterModel {
  readonly violations = new Violations();
  readonly #clock: SimulatedClock;
  readonly #server: SimulatedServer;
  readonly #nodes: ModelNode[] = [];
  readonly #broadcasts: Broadcasts;
  readonly #faults: Faults;
  readonly #histories: Histories;
  readonly #mails: Mails;
  readonly #people: People;
  readonly #delivery: Delivery;
  readonly #silent: boolean;
  /** What a flood costs is nearly all in encoding it. */
  #floods: number;
  readonly #pending = new Set<Promise<unknown>>();
  #made = 0;

  constructor(seed: number, delivery: Delivery) {
    this.#clock = new SimulatedClock(random(seed));
    this.#server = new SimulatedServer(this.#clock);
    this.#delivery = delivery;
    this.#silent = this.#clock.chance(0.3);
    this.#floods = this.#clock.chance(0.1) ? 1 : 0;
    this.#broadcasts = new Broadcasts(this.#server, this.#nodes, this.violations, {
      atLeastOnce: delivery === 'at-least-once',
      silentLoss: this.#silent,
      heard: (client, message) => {
        for (const one of [this.#histories, this.#mails, this.#people]) one.heard(client, message);
      },
    });
    const within = (what: string, node: ModelNode, asked: Promise<unknown>): void =>
      this.#within(what, what === 'join' ? JOIN_LIMIT : PENDING_LIMIT, node, asked);
    this.#histories = new Histories(this.#server, this.violations, within);
    this.#mails = new Mails(this.#server, this.violations, within);
    this.#people = new People(this.violations, within);
    this.#faults = new Faults(this.#server, this.#nodes, this.#silent);
  }

  /** The same for the same seed, as long as nothing but the seed decides. */
  get fingerprint(): number {
    return this.#clock.fingerprint;
  }

  /** Plays it to its end. */
  run(): Promise<void> {
    return inSimulatedTime(this.#clock, () => this.#run());
  }

  async #run(): Promise<void> {
    try {
      const count = this.#clock.between(2, MAX_NODES);
      while (this.#nodes.length < count) this.#start();
      await this.#pass(1_000);
      for (let step = 0; step < STEPS; step++) {
        this.#step();
        await this.#pass(this.#pause());
      }
      await this.#end();
    } finally {
      for (const node of this.#nodes) node.crash();
    }
  }

  get #live(): ModelNode[] {
    return this.#nodes.filter(({ crashed }) => !crashed);
  }

  #pause(): number {
    const { random: chance } = this.#clock;
    if (this.#clock.chance(0.02)) return 5_000 * chance();
    return this.#clock.chance(0.3) ? 0 : 80 * chance();
  }

  async #pass(milliseconds: number): Promise<void> {
    await this.#clock.advance(milliseconds);
    for (const node of this.#live) {
      this.#broadcasts.hear(node);
      const { bytes } = node.hub.cluster.stats.outbox;
      if (bytes > OUTBOX_LIMIT) this.violations.add('outbox bounded', `${bytes} at ${node.id}`);
    }
  }

  #step(): void {
    const clock = this.#clock;
    const node = clock.pick(this.#live);
    if (node === undefined) return this.#start();
    const client = clock.pick(node.clients);
    const what = clock.between(0, 99);
    if (what < 25) this.#serve(node, client);
    else if (what < 60) this.#broadcast(node);
    else if (what < 64) this.#connect(node);
    else if (what < 74) {
      const room = clock.pick(ROOMS);
      if (client === undefined || room === undefined) return;
      node.join(client, room);
      this.#within('settled', SETTLE_LIMIT, node, node.hub.rooms.settled(room));
    } else if (what < 78) {
      const [room] = client?.rooms.keys() ?? [];
      if (client !== undefined && room !== undefined) node.leave(client, room);
    } else if (what < 80) {
      if (client !== undefined && node.clients.length > 2) node.close(client);
    } else if (what < 82) this.#crash(node);
    else if (what < 83) this.#flood(node);
    else if (what < 85 && this.#live.length < MAX_NODES) this.#start();
    else if (what < 93) this.#faults.strike();
    else this.#burst(node);
  }

  #start(): void {
    const options = { delivery: this.#delivery, oneWire: this.#clock.chance(0.5) };
    const node = new ModelNode(this.#server, this.#made++, options, this.violations);
    this.#nodes.push(node);
    this.#within('start', PENDING_LIMIT, node, node.hub.start());
    for (let clients = 0; clients < 3; clients++) {
      const client = this.#connect(node);
      for (const room of ROOMS) if (this.#clock.chance(0.5)) node.join(client, room);
    }
  }

  #connect(node: ModelNode, user = this.#clock.pick(USERS)): ModelClient {
    const client = node.connect(user);
    this.#mails.connected(client);
    return client;
  }

  /** Histories, mail, presence and queries. */
  #serve(node: ModelNode, client: ModelClient | undefined): void {
    const clock = this.#clock;
    const history = clock.pick(HISTORY_ROOMS) ?? 'h0';
    const people = clock.pick(PRESENCE_ROOMS) ?? 'q0';
    const what = clock.between(0, 9);
    if (what < 3) this.#histories.publish(node, history);
    else if (what === 3) this.#mails.send(node, clock.pick(['ada', 'bob']) ?? 'ada');
    else if (what === 4) this.#count(node);
    else if (client === undefined) this.#connect(node);
    else if (what === 5) this.#people.track(client, people);
    else if (what === 6) this.#people.untrack(client, people);
    else if (what < 9) this.#histories.join(client, history);
    else this.#histories.leave(client, history);
  }

  /** Asks all nodes how many connections they have. */
  #count(node: ModelNode): void {
    const before = this.#connections(node);
    const counted = node.hub.registry.cluster.count({});
    this.#within('count', PENDING_LIMIT, node, counted);
    counted.then(
      (count) => {
        if (this.#connections(node) === before && !before.endsWith(` ${count}`)) {
          this.violations.add('queries', `${count} at ${node.id}, not ${before}`);
        }
      },
      () => {},
    );
  }

  /** The nodes one knows, how often connections have come and gone there, and how many there are. */
  #connections({ hub }: ModelNode): string {
    const known = hub.cluster.nodes.map(({ id }) => id);
    const nodes = this.#live.filter(({ id }) => known.includes(id));
    const changes = nodes.map(({ id, changes: count }) => `${id}:${count}`);
    const connections = nodes.reduce((sum, { clients }) => sum + clients.length, 0);
    return `${changes.join()} ${connections}`;
  }

  #crash(node: ModelNode): void {
    if (this.#live.length > 1) node.crash();
  }

  #broadcast(node: ModelNode): void {
    this.#broadcasts.send(node, this.#address());
  }

  #burst(node: ModelNode): void {
    const address = this.#address();
    for (let count = this.#clock.between(2, 20); count > 0; count--) {
      this.#broadcasts.send(node, address);
    }
  }

  /** More than an outbox holds. */
  #flood(node: ModelNode): void {
    if (--this.#floods < 0) return;
    node.breakSession();
    node.path.unheard = true;
    this.#clock.after(2_500, () => {
      node.path.unheard = false;
      node.path.flow();
    });
    const padding = 'x'.repeat(900_000);
    for (let count = 22; count > 0; count--) {
      this.#broadcasts.send(node, { rooms: [FLOOD] }, padding);
    }
  }

  #address(): Partial<Address> {
    const clock = this.#clock;
    const kind = clock.between(0, 9);
    const room = (): string => clock.pick(ROOMS) ?? 'r0';
    if (kind === 0) return { everyone: true };
    if (kind === 1) return { users: [clock.pick(['ada', 'bob']) ?? 'ada'] };
    if (kind === 2) return { rooms: [...new Set([room(), room()])] };
    if (kind === 3) return { rooms: [room()], users: ['ada'] };
    if (kind === 4) {
      const other = clock.pick(clock.pick(this.#live)?.clients ?? []);
      return {
        rooms: [room()],
        exceptIds: new Set(other === undefined ? [] : [other.connection.id]),
      };
    }
    if (kind === 5) return { rooms: [room()], exceptRooms: [room()] };
    return { rooms: [room()] };
  }

  /** Something that was asked has an answer within so many milliseconds. */
  #within(what: string, limit: number, node: ModelNode, asked: Promise<unknown>): void {
    this.#pending.add(asked);
    const since = this.#clock.now();
    const timer = this.#clock.after(limit + 100, () => {
      if (!node.crashed) this.violations.add('nothing pending', `${what} of ${node.id}`);
    });
    const done = (): void => {
      this.#pending.delete(asked);
      this.#clock.clear(timer);
      if (!node.crashed && this.#clock.now() - since > limit + 100)
        this.violations.add('nothing pending', what);
    };
    // oxlint-disable-next-line promise/no-callback-in-promise -- it only notes that it is over
    asked.then(done, done);
  }

  /** The last words of a node come when it is too late for them. */
  async #isolate(): Promise<void> {
    const node = this.#clock.pick(this.#live);
    if (node === undefined) return;
    node.path.unheard = true;
    await this.#pass(2_500);
    this.#broadcasts.send(node, this.#address());
    await this.#pass(12_000);
  }

  async #end(): Promise<void> {
    if (this.#clock.chance(0.2)) await this.#isolate();
    this.#faults.heal();
    await this.#pass(this.#silent ? SILENT_REST : REST);
    if (this.#silent) {
      for (const node of this.#live) {
        for (const room of ROOMS) this.#broadcasts.send(node, { rooms: [room] });
        for (const user of ['ada', 'bob']) this.#broadcasts.send(node, { users: [user] });
        this.#broadcasts.send(node, { everyone: true });
      }
      await this.#pass(5_000);
    }
    const late = this.#live.flatMap((node) =>
      ['ada', 'bob'].map((user) => this.#connect(node, user)),
    );
    for (const room of HISTORY_ROOMS) {
      const node = this.#clock.pick(this.#live);
      if (node !== undefined) this.#histories.publish(node, room);
    }
    await this.#pass(3_000);
    this.#broadcasts.end();
    this.#mails.end(late);
    this.#histories.end(this.#live);
    if (this.#silent) await this.#pass(PRESENCE_REST);
    let asked = false;
    const people = this.#people.end(this.#live).finally(() => (asked = true));
    // oxlint-disable-next-line eslint/no-unmodified-loop-condition -- by the promise above
    for (let waited = 0; !asked && waited < 10_000; waited += 500) await this.#pass(500);
    if (!asked) this.violations.add('nothing pending', 'people');
    else await people;
    const ids = this.#live.map(({ id }) => id).toSorted();
    for (const { id, hub } of this.#live) {
      const known = hub.cluster.nodes.map((node) => node.id).toSorted();
      if (String(known) !== String(ids))
        this.violations.add('members', `${id} knows ${String(known)}`);
      if (hub.cluster.state !== 'up')
        this.violations.add('members', `${id} is ${hub.cluster.state}`);
      if (hub.cluster.stats.outbox.entries > 0)
        this.violations.add('nothing pending', `outbox of ${id}`);
    }
    this.#broadcasts.drops();
  }
}

/** Runs a seed. */
export async function runSeed(seed: number, delivery: Delivery): Promise<ClusterModel> {
  const model = new ClusterModel(seed, delivery);
  await model.run();
  return model;
}
