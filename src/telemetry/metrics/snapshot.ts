import type { BatchObservableResult, Meter, MetricOptions, Observable } from '@opentelemetry/api';
import { pathOf, type Hub } from '#hub';
import { Attribute } from '../api/attributes.js';

/** Numbers of a path at this moment. */
interface OfPath {
  connections: number;
  bytes: number;
}

/** Instruments that say how things stand, read from the hubs when somebody asks. */
export function observeHubs(meter: Meter, hubs: ReadonlySet<Hub>): void {
  const snapshot = new Snapshot(meter, hubs);
  snapshot.begin(meter);
}

class Snapshot {
  readonly #hubs: ReadonlySet<Hub>;
  readonly #instruments: Readonly<
    Record<
      'connections' | 'queued' | 'rooms' | 'users' | 'nodes' | 'state' | 'outbox' | 'outboxBytes',
      Observable
    >
  >;
  /** Paths that were served, so that none stays at what it had last. */
  readonly #paths = new Set<string>();

  constructor(meter: Meter, hubs: ReadonlySet<Hub>) {
    this.#hubs = hubs;
    const sum = (name: string, unit: string, description: string): Observable =>
      meter.createObservableUpDownCounter(name, { unit, description } satisfies MetricOptions);
    this.#instruments = {
      connections: sum(
        'nestwire.server.active_connections',
        '{connection}',
        'Connections that are open.',
      ),
      queued: sum('nestwire.server.queue', 'By', 'Bytes that wait for clients that read slowly.'),
      rooms: sum('nestwire.server.rooms', '{room}', 'Rooms with members on this node.'),
      users: sum('nestwire.server.users', '{user}', 'Users with a connection to this node.'),
      nodes: sum(
        'nestwire.cluster.nodes',
        '{node}',
        'Nodes that this node knows, itself included.',
      ),
      state: sum('nestwire.cluster.state', '{node}', 'Nodes of this process, by their link.'),
      outbox: sum(
        'nestwire.cluster.outbox.messages',
        '{message}',
        'Broadcasts that wait for the broker, or its answer.',
      ),
      outboxBytes: sum('nestwire.cluster.outbox.size', 'By', 'Bytes of these broadcasts.'),
    };
  }

  begin(meter: Meter): void {
    meter.addBatchObservableCallback(
      (result) => this.#observe(result),
      Object.values(this.#instruments),
    );
  }

  #observe(result: BatchObservableResult): void {
    this.#observePaths(result);
    const { rooms, users, nodes, state, outbox, outboxBytes } = this.#instruments;
    const total = { rooms: 0, users: 0, nodes: 0, messages: 0, bytes: 0 };
    const states = { alone: 0, connecting: 0, up: 0, down: 0 };
    for (const hub of this.#hubs) {
      const { cluster } = hub;
      total.rooms += hub.rooms.count;
      total.users += hub.registry.users;
      total.nodes += cluster.nodes.length;
      total.messages += cluster.stats.outbox.entries;
      total.bytes += cluster.stats.outbox.bytes;
      states[cluster.state]++;
    }
    result.observe(rooms, total.rooms);
    result.observe(users, total.users);
    result.observe(nodes, total.nodes);
    result.observe(outbox, total.messages);
    result.observe(outboxBytes, total.bytes);
    for (const [name, count] of Object.entries(states)) {
      result.observe(state, count, { [Attribute.State]: name });
    }
  }

  #observePaths(result: BatchObservableResult): void {
    const paths = new Map<string, OfPath>();
    for (const path of this.#paths) paths.set(path, { connections: 0, bytes: 0 });
    for (const hub of this.#hubs) {
      for (const connection of hub.registry) {
        const path = pathOf(connection);
        let of = paths.get(path);
        if (of === undefined) {
          of = { connections: 0, bytes: 0 };
          paths.set(path, of);
          this.#paths.add(path);
        }
        of.connections++;
        of.bytes += connection.bufferedAmount;
      }
    }
    const { connections, queued } = this.#instruments;
    for (const [path, of] of paths) {
      const attributes = { [Attribute.Path]: path };
      result.observe(connections, of.connections, attributes);
      result.observe(queued, of.bytes, attributes);
    }
  }
}
