import { ALL, nodeChannel } from '../broker/channel.js';
import type { BusListener, BusMessage, ClusterBus, NodeInfo } from '../cluster/bus/cluster-bus.js';
import type { MessageKind } from '../cluster/bus/message-kind.js';
import { chance } from './chance.js';
import { FakeClock } from './fake-clock.js';

const HEARTBEAT = 2_000;
const DEAD_AFTER = 10_000;
/** How long a channel stays subscribed after the last who held it. */
const LINGER = 5_000;

/** What happens to each message on its way to each receiver. */
interface NetworkFaults {
  /** From 0 to 1. */
  loss: number;
  doubling: number;
  /** Milliseconds, from and to: what differs is put out of order. */
  delay: readonly [number, number];
}

/** Time that passes when a test says so, and chance that is the same for the same seed. */
export function seededClock(seed: number): FakeClock {
  return new FakeClock(1_700_000_000_000, chance(seed));
}

/**
 * Many nodes that talk over one broker, in one process and in a time of its own. A node may be cut off
 * from the broker, knowing it (`cut`) or not (`part`), and may crash.
 *
 * @example
 * const network = new BusNetwork();
 * const [one, two] = [network.join(), network.join()];
 * await network.clock.advance(100);
 */
export class BusNetwork {
  readonly clock: FakeClock;
  readonly faults: NetworkFaults = { loss: 0, doubling: 0, delay: [1, 1] };
  /** What was handed to the network, before it is multiplied by receivers. */
  readonly published = { messages: 0, bytes: 0 };
  /** What was handed to receivers. */
  readonly delivered = { messages: 0, bytes: 0 };
  readonly #nodes = new Set<NetworkBus>();
  /** Sides of a partition that nobody notices. */
  readonly #sides = new Map<NetworkBus, number>();
  #joined = 0;

  constructor(clock = seededClock(1)) {
    this.clock = clock;
  }

  /** Starts a node; it is told of the others with the first messages. */
  join(info: Partial<NodeInfo> = {}): NetworkBus {
    const id = (++this.#joined).toString(16).padStart(16, '0');
    const node = new NetworkBus(this, {
      id,
      name: `node-${this.#joined}`,
      startedAt: this.clock.now(),
      connections: 1,
      users: 1,
      rooms: 1,
      codecs: ['json'],
      ...info,
    });
    this.#nodes.add(node);
    node.start();
    return node;
  }

  /** It is gone without a word; the others find out. */
  crash(node: NetworkBus): void {
    this.#nodes.delete(node);
    node.stop();
  }

  /** Its link to the broker breaks, and it notices. */
  cut(node: NetworkBus): void {
    node.lose();
  }

  /** The link is back. */
  mend(node: NetworkBus): void {
    node.regain();
  }

  /** From now on messages pass only within a side, and no link notices. @param side the others are on 0 */
  part(node: NetworkBus, side: number): void {
    this.#sides.set(node, side);
  }

  heal(): void {
    this.#sides.clear();
    for (const node of this.#nodes) node.regain();
  }

  /** @internal */
  send(from: NetworkBus, message: BusMessage, kind: MessageKind): void {
    this.published.messages++;
    this.published.bytes += message.payload.length;
    for (const to of this.#nodes) {
      if (to === from || !to.subscribed(message.channel)) continue;
      if (this.clock.random() < this.faults.loss) continue;
      this.#deliver(from, to, message, kind);
      if (this.clock.random() < this.faults.doubling) this.#deliver(from, to, message, kind);
    }
  }

  /** @internal Heartbeats are neither delayed nor doubled: they are not what is tested. */
  beat(from: NetworkBus): void {
    for (const to of this.#nodes) if (to !== from && this.#reaches(from, to)) to.beaten(from.info);
  }

  /** @internal A node came or has its link back: all others say who they are. */
  greet(from: NetworkBus): void {
    for (const to of this.#nodes) {
      if (to === from || !this.#reaches(from, to)) continue;
      to.beaten(from.info);
      from.beaten(to.info);
    }
  }

  #deliver(from: NetworkBus, to: NetworkBus, message: BusMessage, kind: MessageKind): void {
    const [least, most] = this.faults.delay;
    const delay = Math.floor(least + this.clock.random() * (most - least + 1));
    this.clock.after(delay, () => {
      if (!this.#nodes.has(to) || !this.#reaches(from, to)) return;
      this.delivered.messages++;
      this.delivered.bytes += message.payload.length;
      to.receive(message, kind);
    });
  }

  #reaches(from: NetworkBus, to: NetworkBus): boolean {
    if (!to.up || !from.up) return false;
    return (this.#sides.get(from) ?? 0) === (this.#sides.get(to) ?? 0);
  }
}

/** One node's end of the network. */
export class NetworkBus implements ClusterBus {
  readonly node: string;
  info: NodeInfo;
  readonly #network: BusNetwork;
  readonly #peers = new Map<string, NodeInfo>();
  readonly #heard = new Map<string, number>();
  readonly #held = new Map<string, number>();
  readonly #listeners = new Map<MessageKind, (message: BusMessage) => void>();
  readonly #observers = new Set<BusListener>();
  #up = false;
  #stopped = false;

  constructor(network: BusNetwork, info: NodeInfo) {
    this.#network = network;
    this.info = info;
    this.node = info.id;
    this.hold(ALL);
    this.hold(nodeChannel(info.id));
  }

  get peers(): ReadonlyMap<string, NodeInfo> {
    return this.#peers;
  }

  get up(): boolean {
    return this.#up;
  }

  publish(channel: string, kind: MessageKind, payload: Uint8Array): void {
    if (!this.#up || this.#stopped) return;
    const copy = Uint8Array.from(payload);
    this.#network.send(this, { from: this.node, channel, payload: copy }, kind);
  }

  on(kind: MessageKind, listener: (message: BusMessage) => void): void {
    if (this.#listeners.has(kind)) throw new Error('One listener for each kind');
    this.#listeners.set(kind, listener);
  }

  observe(listener: BusListener): () => void {
    this.#observers.add(listener);
    return () => void this.#observers.delete(listener);
  }

  hold(channel: string): void {
    this.#held.set(channel, (this.#held.get(channel) ?? 0) + 1);
  }

  release(channel: string): void {
    this.#network.clock.after(LINGER, () => {
      const count = (this.#held.get(channel) ?? 0) - 1;
      if (count > 0) this.#held.set(channel, count);
      else this.#held.delete(channel);
    });
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  /** Channels that are held, for tests of leaks. */
  get held(): readonly string[] {
    return [...this.#held.keys()];
  }

  /** @internal */
  start(): void {
    this.regain();
    this.#tick();
  }

  /** @internal */
  stop(): void {
    this.#stopped = true;
    this.#up = false;
  }

  /** @internal */
  lose(): void {
    if (!this.#up || this.#stopped) return;
    this.#up = false;
    for (const one of this.#observers) one.down?.();
  }

  /** @internal */
  regain(): void {
    if (this.#up || this.#stopped) return;
    this.#up = true;
    // Silence counts only while it could have been heard.
    for (const id of this.#peers.keys()) this.#heard.set(id, this.#network.clock.now());
    for (const one of this.#observers) one.up?.();
    this.#network.greet(this);
  }

  /** @internal */
  subscribed(channel: string): boolean {
    return this.#held.has(channel);
  }

  /** @internal */
  receive(message: BusMessage, kind: MessageKind): void {
    this.#listeners.get(kind)?.(message);
  }

  /** @internal */
  beaten(info: NodeInfo): void {
    this.#heard.set(info.id, this.#network.clock.now());
    const isNew = !this.#peers.has(info.id);
    this.#peers.set(info.id, info);
    if (isNew) for (const one of this.#observers) one.nodeUp?.(info);
  }

  #tick(): void {
    if (this.#stopped) return;
    if (this.#up) {
      this.#network.beat(this);
      for (const [id, at] of this.#heard) {
        if (this.#network.clock.now() - at > DEAD_AFTER) this.#dead(id);
      }
    }
    this.#network.clock.after(HEARTBEAT, () => this.#tick());
  }

  #dead(id: string): void {
    const info = this.#peers.get(id);
    this.#peers.delete(id);
    this.#heard.delete(id);
    if (info !== undefined) for (const one of this.#observers) one.nodeDown?.(info);
  }
}
