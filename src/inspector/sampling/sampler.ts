import { ReadyState } from '#engine';
import type { Connection, Hub } from '#hub';
import type { Summary, Traffic } from '../contract/inspector-contract.js';
import { EventTable } from './event-figures.js';
import { Incidents } from './incidents.js';
import { SampledConnection } from './sampled-connection.js';
import { listen } from './news.js';
import type { PassedMessage, Tail } from './tail.js';

const NOTHING: Traffic = { messages: 0, bytes: 0 };

/**
 * All that is known of a hub beyond what it keeps itself, while somebody looks: it is made for the first
 * inspector and stopped after the last, so nothing is counted in between.
 */
export class Sampler {
  readonly events = new EventTable();
  readonly incidents = new Incidents();
  readonly #hub: Hub;
  readonly #connections = new Map<string, SampledConnection>();
  readonly #byTransport = new WeakMap<object, SampledConnection>();
  readonly #tails = new Map<SampledConnection, Set<Tail>>();
  readonly #stops: (() => void)[];
  #received = NOTHING;
  #sent = NOTHING;
  #queue = 0;
  #waiting = 0;
  /** Since the beginning, of connections that have closed, too. */
  #total = { received: { messages: 0, bytes: 0 }, sent: { messages: 0, bytes: 0 } };
  #before = { received: NOTHING, sent: NOTHING };

  constructor(hub: Hub) {
    this.#hub = hub;
    for (const connection of hub.registry) this.#add(connection);
    this.#stops = [
      hub.registry.observe({
        added: (connection) => this.#add(connection),
        removed: (connection) => this.#remove(connection),
      }),
      listen(hub, this),
    ];
  }

  /** In the order they came. */
  get connections(): Iterable<SampledConnection> {
    return this.#connections.values();
  }

  get size(): number {
    return this.#connections.size;
  }

  get(id: string): SampledConnection | undefined {
    return this.#connections.get(id);
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  follow(tail: Tail): void {
    const tails = this.#tails.get(tail.sampled) ?? new Set();
    this.#tails.set(tail.sampled, tails.add(tail));
    if (tail.sampled.closed) tail.end();
  }

  leave(tail: Tail): void {
    const tails = this.#tails.get(tail.sampled);
    tails?.delete(tail);
    if (tails?.size === 0) this.#tails.delete(tail.sampled);
  }

  /** A message of a connection, of this hub or of another. */
  passed(direction: 'in' | 'out', message: PassedMessage): void {
    const sampled = this.#byTransport.get(message.transport);
    if (sampled === undefined) return;
    const isIn = direction === 'in';
    (isIn ? sampled.received : sampled.sent).add(message.byteLength);
    const total = isIn ? this.#total.received : this.#total.sent;
    total.messages++;
    total.bytes += message.byteLength;
    if (this.#tails.size === 0) return;
    for (const tail of this.#tails.get(sampled) ?? []) tail.add(direction, message);
  }

  dropped(connection: Connection, messages: number): void {
    const sampled = this.#connections.get(connection.id);
    if (sampled !== undefined) sampled.dropped += messages;
  }

  /** @param seconds since the last time */
  measure(seconds: number): void {
    let queue = 0;
    let waiting = 0;
    for (const sampled of this.#connections.values()) {
      sampled.measure(seconds);
      queue += sampled.queue;
      if (sampled.queue > 0) waiting++;
    }
    this.#queue = queue;
    this.#waiting = waiting;
    this.#received = rate(this.#total.received, this.#before.received, seconds);
    this.#sent = rate(this.#total.sent, this.#before.sent, seconds);
    this.#before = {
      received: { ...this.#total.received },
      sent: { ...this.#total.sent },
    };
    this.events.measure(seconds);
  }

  summary(interval: number): Summary {
    const { cluster, registry, rooms, limits, closing } = this.#hub;
    const { node, nodes, state } = cluster;
    return {
      node,
      name: nodes[0]?.name ?? `process ${process.pid}`,
      link: state,
      draining: closing,
      uptime: Math.round(process.uptime() * 1_000),
      connections: registry.size,
      limit: limits.total,
      users: registry.users,
      rooms: rooms.count,
      nodes: Math.max(1, nodes.length),
      received: this.#received,
      sent: this.#sent,
      queue: this.#queue,
      waiting: this.#waiting,
      incidents: this.incidents.count,
      outbox: cluster.stats.outbox.entries,
      interval: Math.round(interval),
    };
  }

  #add(connection: Connection): void {
    if (connection.readyState === ReadyState.Closed) return;
    const sampled = new SampledConnection(connection);
    this.#connections.set(sampled.id, sampled);
    if (sampled.transport !== undefined) this.#byTransport.set(sampled.transport, sampled);
  }

  #remove({ id }: Connection): void {
    const sampled = this.#connections.get(id);
    if (sampled === undefined) return;
    sampled.closed = true;
    this.#connections.delete(id);
    for (const tail of this.#tails.get(sampled) ?? []) tail.end();
  }
}

function rate(now: Traffic, before: Traffic, seconds: number): Traffic {
  return {
    messages: Math.round((now.messages - before.messages) / seconds),
    bytes: Math.round((now.bytes - before.bytes) / seconds),
  };
}
