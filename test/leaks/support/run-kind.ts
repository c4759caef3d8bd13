import { empty, footprint, type Footprint } from './footprint.js';
import type { Kind } from './kinds.js';
import type { LeakServer } from './leak-server.js';

export interface Leaks {
  readonly kind: string;
  readonly connections: number;
  readonly seconds: number;
  readonly before: Footprint;
  readonly after: Footprint;
  /** How many ended in which way. */
  readonly ends: ReadonlyMap<string, number>;
}

let number = 0;

/** Connections of one kind, and what they leave; as many as `warm` before, for pools and caches. */
export async function runKind(
  kind: Kind,
  server: LeakServer,
  count: number,
  warm: number,
): Promise<Leaks> {
  await connections(kind, server, warm);
  await empty(server);
  const before = await footprint(server);
  const start = performance.now();
  const ends = await connections(kind, server, count);
  await empty(server);
  const seconds = (performance.now() - start) / 1000;
  const after = await footprint(server);
  return { kind: kind.name, connections: count, seconds, before, after, ends };
}

export async function connections(
  kind: Kind,
  { port }: LeakServer,
  count: number,
): Promise<Map<string, number>> {
  const ends = new Map<string, number>();
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const { outcome } = await kind.run(port, ++number);
      ends.set(outcome, (ends.get(outcome) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, kind.parallel) }, worker));
  return ends;
}

export function leakTable(results: readonly Leaks[]): string {
  const head = [
    'connections that'.padEnd(28),
    'count'.padStart(7),
    's'.padStart(6),
    'heap MiB'.padStart(16),
    'bytes each'.padStart(11),
    'external MiB'.padStart(13),
    'handles'.padStart(8),
    'timers'.padStart(7),
    'left'.padStart(5),
  ];
  const rows = results.map(({ kind, connections: count, seconds, before, after }) => [
    kind.padEnd(28),
    String(count).padStart(7),
    seconds.toFixed(0).padStart(6),
    `${before.heap.toFixed(2)} > ${after.heap.toFixed(2)}`.padStart(16),
    (((after.heap - before.heap) * 1024 * 1024) / count).toFixed(0).padStart(11),
    (after.external - before.external).toFixed(2).padStart(13),
    String(after.handles - before.handles).padStart(8),
    String(after.timers - before.timers).padStart(7),
    String(Object.values(after.left).reduce((sum, one) => sum + one, 0)).padStart(5),
  ]);
  return [head, ...rows].map((cells) => cells.join(' ')).join('\n');
}
