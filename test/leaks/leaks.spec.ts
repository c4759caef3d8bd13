import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { kindsOf } from './support/kinds.js';
import { startLeakServer, stopLeakServer, type LeakServer } from './support/leak-server.js';
import { leakTable, runKind, type Leaks } from './support/run-kind.js';

/** Of each kind: `npm run leaks` has 20,000. */
const COUNT = Number(process.env['LEAK_CONNECTIONS'] ?? 50);
const LONG = process.env['LEAK_CONNECTIONS'] !== undefined;
/** Milliseconds that those wait who wait. */
const PATIENCE = 500;
/** What nobody can tell from a leak: code that was compiled meanwhile, and feedback about it. */
const NOISE = 2 * 1024 * 1024;
/** Timers and handles that all connections share. */
const OF_ALL = 3;
/** Bytes of a connection that a leak of any object of its own exceeds. */
const MOST_EACH = 64;

const results: Leaks[] = [];

afterAll(() => {
  // Not console.log, which Jest decorates with a stack.
  if (LONG) process.stdout.write(`\n${leakTable(results)}\n`);
});

describe.each([
  ['no pings', 0],
  ['pings', PATIENCE],
])('connections to a server with every feature and %s', (_pings, pings) => {
  const kinds = kindsOf(PATIENCE).filter(({ pinged = false }) => pinged === pings > 0);
  let server: LeakServer;
  beforeAll(async () => {
    server = await startLeakServer(pings);
  });
  afterAll(stopLeakServer);

  it.each(kinds.map((kind) => [kind.name, kind] as const))(
    'leave nothing behind: one %s',
    async (_name, kind) => {
      const leaks = await runKind(kind, server, COUNT, Math.min(COUNT, 2_000));
      results.push(leaks);
      if (LONG) process.stderr.write(`${leakTable([leaks])}\n`);
      const { before, after, ends } = leaks;
      if (kind.ends !== undefined) expect([...ends.keys()].sort()).toEqual([...kind.ends].sort());
      expect(Object.values(after.left)).toEqual(Object.values(after.left).map(() => 0));
      expect(after.handles).toBeLessThanOrEqual(before.handles + OF_ALL);
      expect(after.timers).toBeLessThanOrEqual(before.timers + OF_ALL);
      const grown = (after.heap - before.heap) * 1024 * 1024;
      expect(grown).toBeLessThan(NOISE + MOST_EACH * COUNT);
      expect(after.external - before.external).toBeLessThan(4);
    },
    600_000,
  );
});
