// Clients and a real server through a proxy that cuts, delays and goes silent. By default 120 cuts;
// `npm run test:client` has the 2,000 of the promise, and prints what came of them. CLIENT_SEED chooses
// another run; it is the same one again as far as time lets it.
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ClientError, connect } from 'nestwire/client';
import { closeApps, startApp } from '../e2e/support/app.js';
import { FlakyProxy } from './support/flaky-proxy.js';
import { LogGateway, type LogContract } from './support/log-gateway.js';
import { seeded } from './support/random.js';
import { Witness } from './support/witness.js';

const CUTS = Number(process.env['CLIENT_CUTS'] ?? 120);
const SEED = Number(process.env['CLIENT_SEED'] ?? 1);
const CLIENTS = 4;
/** Milliseconds for all of it. */
const LIMIT = 20_000 + CUTS * 150;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
  await closeApps();
});

/** Rejections of calls that a cut may bring about. */
const EXPECTED = new Set(['DISCONNECTED', 'TIMEOUT', 'EXPIRED']);

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_500; turn += 1) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error(`It never came to this: ${what}`);
}

describe(`clients on a network with ${CUTS} cuts, seed ${SEED}`, () => {
  it(
    'get every message of a room once and in order, know what was lost, and are handled once',
    async () => {
      const gatewayApp = await startApp({
        providers: [LogGateway],
        options: { history: { maxMessages: 60 } },
      });
      const gateway = gatewayApp.app.get(LogGateway);
      const { history } = gateway;
      const random = seeded(SEED);
      const errors: unknown[] = [];
      const parts = await Promise.all(
        Array.from({ length: CLIENTS }, async (_, at) => {
          const proxy = await FlakyProxy.start(gatewayApp.port, seeded(SEED * 1_000 + at));
          const client = connect<LogContract>(`ws://127.0.0.1:${proxy.port}/log`, {
            connectTimeout: 250,
            backoff: { first: 4, most: 30 },
            pingInterval: 60,
            pingTimeout: 80,
            onError: (error) => errors.push(error),
          });
          cleanups.push(
            () => client.close(),
            () => proxy.stop(),
          );
          const room = client.room('lobby');
          const witness = new Witness(room);
          const joined = room.join();
          return { proxy, client, witness, joined };
        }),
      );
      let published = 0;
      let calls = 0;
      const outcomes = new Map<string, string>();
      const pending: Promise<void>[] = [];
      const cuts = (): number => parts.reduce((sum, { proxy }) => sum + proxy.count, 0);
      while (cuts() < CUTS) {
        // Now and then more at once than the history holds, or the history is gone.
        const burst = random() < 0.02 ? 80 : 1;
        for (let each = 0; each < burst; each += 1) {
          published += 1;
          await history.publish('lobby', 'said', published);
        }
        if (random() < 0.004) await history.clear('lobby');
        for (const { client } of parts) {
          if (random() > 0.3) continue;
          const n = (calls += 1);
          const name = random() < 0.5 ? 'once' : 'maybe';
          pending.push(
            client.call(name, { n }, { key: name === 'once', timeout: 8_000 }).then(
              (answer) => void outcomes.set(`${name} ${n}`, answer === n ? 'answered' : 'wrong'),
              (error: ClientError) => void outcomes.set(`${name} ${n}`, error.code),
            ),
          );
        }
        await sleep(random() * 6);
      }
      for (const { proxy } of parts) proxy.calm();
      await Promise.all(pending);
      // On a machine that is slow enough no join was left in peace: nothing is in the way any more.
      for (const { client, witness } of parts) {
        while (witness.counts.whole === 0) {
          const { lost } = witness.counts;
          client.reconnect();
          await until('it comes back', () => witness.counts.whole + witness.counts.lost > lost);
        }
      }
      published += 1;
      await history.publish('lobby', 'said', published);
      await until('all have the last message', () =>
        parts.every(({ witness }) => witness.last === published),
      );

      const counts = parts.map(({ witness }) => witness.counts);
      const tally: Record<string, number> = {};
      for (const [name, outcome] of outcomes) {
        const kind = `${name.split(' ')[0]} ${outcome}`;
        tally[kind] = (tally[kind] ?? 0) + 1;
      }
      const faults = parts.flatMap(({ witness }) => witness.faults());
      const twice = [...gateway.handled].filter(([, times]) => times > 1).map(([name]) => name);
      if (process.env['CLIENT_CUTS'] !== undefined) {
        const ends = parts.map(({ proxy }) => proxy.ends);
        const told = { published, calls, ends, counts, faults, twice, tally };
        // Not console.log, which jest would hold back and decorate with a stack.
        process.stderr.write(`${inspect(told, { depth: 4, breakLength: 120 })}\n`);
      }
      expect(faults).toEqual([]);
      expect(twice).toEqual([]);
      expect(errors).toEqual([]);
      for (const [name, outcome] of outcomes) {
        const times = gateway.handled.get(name) ?? 0;
        expect(outcome === 'answered' || EXPECTED.has(outcome) ? '' : `${name}: ${outcome}`).toBe(
          '',
        );
        if (outcome === 'answered' && times < 1) throw new Error(`${name} was never handled`);
      }
      expect(tally['once DISCONNECTED']).toBeUndefined();
      expect(counts.every(({ messages, whole }) => messages > 0 && whole > 0)).toBe(true);
      await Promise.all(parts.map(({ joined }) => joined));
    },
    LIMIT,
  );
});
