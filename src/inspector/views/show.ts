import type { Hub } from '#hub';
import type { Details, NodeRow, View, Window } from '../contract/inspector-contract.js';
import { rounded } from '../sampling/sampled-connection.js';
import type { Sampler } from '../sampling/sampler.js';
import type { ConnectionOrder } from './connection-order.js';
import { listWindow } from './list-window.js';

/** Rooms and tags of one connection that are listed. */
const MAX_LISTED = 200;
/** Characters of a header that are shown. */
const MAX_HEADER = 300;

interface Shown {
  readonly hub: Hub;
  readonly sampler: Sampler;
  readonly order: ConnectionOrder;
  /** Whether there are new figures since the last time. */
  readonly measured: boolean;
}

/** The part of a tab that a view wants. */
export function showWindow(view: View, { hub, sampler, order, measured }: Shown): Window {
  const { tab, from, sort } = view;
  switch (tab) {
    case 'connections':
      return { tab, from, ...order.window(view, measured) };
    case 'rooms': {
      const { rooms } = hub;
      const members = (name: string): number => rooms.size(name);
      const rank = (name: string): string | number => (sort === 'members' ? members(name) : name);
      const row = (name: string) => ({ name, members: members(name) });
      return { tab, from, ...listWindow(rooms.names(), view, (name) => name, rank, row) };
    }
    case 'users': {
      const { registry } = hub;
      const count = (id: string): number => registry.byUser(id).size;
      const rank = (id: string): string | number => (sort === 'connections' ? count(id) : id);
      const row = (id: string) => ({ id, connections: count(id) });
      return { tab, from, ...listWindow(registry.userIds(), view, (id) => id, rank, row) };
    }
    case 'events':
      return {
        tab,
        from,
        ...ofRows(sampler.events.rows(), view, ({ path, event }) => `${path} ${event}`),
      };
    case 'incidents': {
      const rows = sampler.incidents.rows();
      const text = ({ kind, path, what, connection }: (typeof rows)[number]): string =>
        `${kind} ${path} ${what} ${connection}`;
      return { tab, from, ...ofRows(rows, view, text) };
    }
  }
  return { tab, from, ...ofRows(nodesOf(hub), view, ({ id, name }) => `${id} ${name}`) };
}

function ofRows<Row extends object>(
  rows: readonly Row[],
  view: View,
  text: (row: Row) => string,
): { total: number; rows: Row[] } {
  const rank = (row: Row): string | number => {
    const value: unknown = Reflect.get(row, view.sort);
    return typeof value === 'number' ? value : String(value);
  };
  return listWindow(rows, view, text, rank, (row) => row);
}

function nodesOf(hub: Hub): NodeRow[] {
  const { cluster, registry, rooms } = hub;
  const nodes = cluster.nodes.map(
    ({ id, name, startedAt, connections, users, rooms: count, codecs }) => ({
      id,
      name,
      here: id === cluster.node,
      uptime: Date.now() - startedAt,
      connections,
      users,
      rooms: count,
      codecs: codecs.join(', '),
    }),
  );
  if (nodes.length > 0) return nodes;
  return [
    {
      id: '',
      name: `process ${process.pid}`,
      here: true,
      uptime: Math.round(process.uptime() * 1_000),
      connections: registry.size,
      users: registry.users,
      rooms: rooms.count,
      codecs: '',
    },
  ];
}

/** @returns null for a connection that is not there */
export function showDetails(id: string | undefined, sampler: Sampler): Details | null {
  const sampled = id === undefined ? undefined : sampler.get(id);
  if (sampled === undefined) return null;
  const { connection, received, sent, latency, queue, dropped } = sampled;
  const { handshake, rooms, tags } = connection;
  return {
    id: connection.id,
    open: !sampled.closed,
    user: connection.userId ?? null,
    path: handshake.path,
    protocol: handshake.protocol,
    ip: handshake.ip,
    origin: handshake.origin ?? '',
    agent: (handshake.headers['user-agent'] ?? '').slice(0, MAX_HEADER),
    connectedAt: connection.connectedAt,
    tags: firstOf(tags),
    rooms: firstOf(rooms),
    roomCount: rooms.size,
    received: { messages: received.messages, bytes: received.bytes },
    sent: { messages: sent.messages, bytes: sent.bytes },
    latency: rounded(latency),
    queue,
    dropped,
    idle: Date.now() - connection.lastActivity,
  };
}

function firstOf(names: ReadonlySet<string>): string[] {
  const first: string[] = [];
  for (const name of names) if (first.push(name) >= MAX_LISTED) break;
  return first;
}
