import { ALL, nodeChannel } from '../broker/channel.js';
import type { BusListener, BusMessage, ClusterBus, NodeInfo } from '../cluster/bus/cluster-bus.js';
import type { MessageKind } from '../cluster/bus/message-kind.js';

type Listener = (message: BusMessage) => void;

/** Buses of several nodes in one process: everything arrives, in the turn it was sent. */
export class LosslessNetwork {
  readonly buses = new Map<string, LosslessBus>();

  join(node: string): LosslessBus {
    const bus = new LosslessBus(this, node);
    this.buses.set(node, bus);
    for (const other of this.buses.values()) if (other !== bus) other.met(bus.info);
    return bus;
  }

  leave(node: string): void {
    const gone = this.buses.get(node);
    this.buses.delete(node);
    for (const bus of this.buses.values()) if (gone !== undefined) bus.lost(gone.info);
  }
}

/** One node's. `mute` keeps what it sends from the others, `up` says whether it has a link. */
class LosslessBus implements ClusterBus {
  readonly node: string;
  readonly info: NodeInfo;
  up = true;
  mute = false;
  readonly #network: LosslessNetwork;
  readonly #listeners = new Map<MessageKind, Listener>();
  readonly #observers = new Set<BusListener>();

  constructor(network: LosslessNetwork, node: string) {
    this.#network = network;
    this.node = node;
    const counts = { startedAt: 0, connections: 0, users: 0, rooms: 0 };
    this.info = { id: node, name: node, ...counts, codecs: ['json'] };
  }

  get peers(): ReadonlyMap<string, NodeInfo> {
    const others = [...this.#network.buses.values()].filter((bus) => bus !== this);
    return new Map(others.map((bus) => [bus.node, bus.info]));
  }

  publish(channel: string, kind: MessageKind, payload: Uint8Array): void {
    if (this.mute || !this.up) return;
    for (const bus of this.#network.buses.values()) {
      if (bus === this || (channel !== ALL && channel !== nodeChannel(bus.node))) continue;
      bus.receive(kind, { from: this.node, channel, payload });
    }
  }

  receive(kind: MessageKind, message: BusMessage): void {
    try {
      this.#listeners.get(kind)?.(message);
    } catch {
      // As the real one: malformed messages are ignored.
    }
  }

  on(kind: MessageKind, listener: Listener): void {
    this.#listeners.set(kind, listener);
  }

  observe(listener: BusListener): () => void {
    this.#observers.add(listener);
    return () => void this.#observers.delete(listener);
  }

  met(node: NodeInfo): void {
    for (const one of this.#observers) one.nodeUp?.(node);
  }

  lost(node: NodeInfo): void {
    for (const one of this.#observers) one.nodeDown?.(node);
  }

  cut(): void {
    this.up = false;
    for (const one of this.#observers) one.down?.();
  }

  hold(): void {}

  release(): void {}

  async settled(): Promise<void> {}
}
