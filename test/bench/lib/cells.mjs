// What is measured. A cell is one kind of load; `unit` is what a figure counts.
const KIB = 1024;
const MIB = 1024 * KIB;

const echo = (group, id, title, kind, size, connections, outstanding, extra = {}) => ({
  id,
  group,
  title: `${title}, ${connections}x${outstanding}`,
  needs: 'echo',
  mode: 'echo',
  feature: 'echo',
  payload: { kind, size },
  connections,
  outstanding,
  ...extra,
});

const broadcast = (id, title, size, outstanding, deflate = false) => ({
  id,
  group: deflate ? 'deflate' : 'broadcast',
  title,
  needs: deflate ? 'deflate' : 'broadcast',
  mode: 'broadcast',
  feature: 'broadcast',
  payload: { kind: 'text', size },
  connections: 1000,
  outstanding,
  deflate,
});

const deflateEcho = (id, title, size) =>
  echo('deflate', id, `deflate echo ${title}`, 'text', size, 64, 1, {
    needs: 'deflate',
    deflate: true,
  });

/**
 * Whether freed memory stays with the process, or has to be provided anew for the next large message, is
 * settled by chance for as long as the process lives: such a cell starts the servers for each round.
 */
const fresh = true;

/** Microseconds of server CPU per message, or per cycle or received broadcast. */
const TIMED = [
  echo('closed', 'text-64', 'text 64 B', 'text', 64, 64, 1),
  echo('closed', 'text-1k', 'text 1 KiB', 'text', KIB, 64, 1),
  echo('closed', 'text-16k', 'text 16 KiB', 'text', 16 * KIB, 64, 1),
  echo('closed', 'binary-64', 'binary 64 B', 'binary', 64, 64, 1),
  echo('closed', 'binary-1k', 'binary 1 KiB', 'binary', KIB, 64, 1),
  echo('closed', 'binary-16k', 'binary 16 KiB', 'binary', 16 * KIB, 64, 1),
  echo('closed', 'mixed-1k', 'mixed UTF-8 1 KiB', 'mixed', KIB, 64, 1),
  echo('closed', 'mixed-16k', 'mixed UTF-8 16 KiB', 'mixed', 16 * KIB, 64, 1),
  echo('large', 'text-1m', 'text 1 MiB', 'text', MIB, 8, 1, { fresh }),
  echo('large', 'binary-1m', 'binary 1 MiB', 'binary', MIB, 8, 1, { fresh }),
  echo('pipelined', 'pipelined-64', 'text 64 B', 'text', 64, 16, 64),
  echo('pipelined', 'pipelined-1k', 'text 1 KiB', 'text', KIB, 16, 64),
  echo('pipelined', 'pipelined-binary-1k', 'binary 1 KiB', 'binary', KIB, 16, 64),
  echo('pipelined', 'pipelined-mixed-1k', 'mixed UTF-8 1 KiB', 'mixed', KIB, 16, 64),
  broadcast('broadcast-4', 'broadcast 64 B to 1000, 4 in flight', 64, 4),
  broadcast('broadcast-1', 'broadcast 64 B to 1000, 1 in flight', 64, 1),
  deflateEcho('deflate-64', '64 B', 64),
  deflateEcho('deflate-1k', '1 KiB', KIB),
  deflateEcho('deflate-16k', '16 KiB', 16 * KIB),
  broadcast('deflate-broadcast', 'deflate broadcast 1 KiB to 1000, 4 in flight', KIB, 4, true),
  {
    id: 'connect',
    group: 'connect',
    title: 'connect + close, 32 at a time',
    needs: 'cycle',
    mode: 'cycle',
    feature: 'close',
    connections: 32,
    outstanding: 1,
  },
  echo('nest', 'nest-json', 'Nest JSON echo', 'json', 64, 16, 64, { needs: 'nest' }),
].map((cell) => ({ ...cell, unit: 'us' }));

/** Bytes per connection that is open and silent. */
const MEMORY = [
  {
    id: 'idle',
    group: 'memory',
    title: 'idle, 10,000 connections',
    needs: 'idle',
    feature: 'echo',
    connections: 10_000,
    outstanding: 0,
  },
  {
    id: 'memory-deflate',
    group: 'memory',
    title: 'after one compressed message of 1 KiB, 1,000 connections',
    needs: 'deflate',
    feature: 'echo',
    payload: { kind: 'text', size: KIB },
    connections: 1000,
    outstanding: 1,
    deflate: true,
  },
].map((cell) => ({ ...cell, unit: 'bytes' }));

export const CELLS = [...TIMED, ...MEMORY];

/** How many different messages a cell sends. */
export function messageCount({ payload, deflate }) {
  // A compressor that keeps its window of 32 KiB must not find the very message it saw before.
  if (deflate) return Math.max(8, Math.ceil((96 * KIB) / payload.size));
  return Math.max(2, Math.min(64, MIB / payload.size));
}
