import { describe, expect, it } from '@jest/globals';
import type { SendPolicy } from '#engine';
import { churn } from './churn.js';
import { drainRun } from './drain-run.js';
import { slowRun, type SlowResult } from './slow-run.js';

/**
 * `npm run stress` takes a minute and 1,000 connections; as one of many tests it is a few seconds with
 * as many connections as these allow.
 */
const SECONDS = Number(process.env['STRESS_SECONDS'] ?? 2);
const LONG = SECONDS >= 30;
const CONNECTIONS = LONG ? 1_000 : 150;

/** Not console.log, which Jest decorates with a stack. */
function print(text: string): void {
  if (LONG) process.stdout.write(`${text}\n`);
}

describe('rooms under stress', () => {
  it(
    `lose, repeat and disorder nothing while ${CONNECTIONS} connections come, go and are cut`,
    async () => {
      const { tally, published, faults, left, rss, heap } = await churn({
        connections: CONNECTIONS,
        rooms: LONG ? 40 : 10,
        roomsPerClient: 3,
        seconds: SECONDS,
        publishes: LONG ? 60 : 100,
        actions: 200,
      });
      const { errors, ...counts } = tally;
      print(`\nChurn, ${SECONDS} s: ${JSON.stringify({ published, ...counts })}`);
      print(`Left behind: ${JSON.stringify(left)}`);
      print(
        `RSS: ${rss.before.toFixed(0)} -> ${rss.peak.toFixed(0)} -> ${rss.after.toFixed(0)} MiB, heap: ${heap.before.toFixed(1)} -> ${heap.after.toFixed(1)} MiB`,
      );
      expect(errors).toEqual([]);
      expect(faults).toEqual([]);
      expect(Object.values(left).every((count) => count === 0)).toBe(true);
      expect(tally.recoveries).toBeGreaterThan(50);
      expect(tally.recoveredMessages).toBeGreaterThan(0);
      expect(tally.received).toBeGreaterThan(published);
      if (!LONG) return;
      expect(rss.after - rss.before).toBeLessThan(150);
      expect(heap.after - heap.before).toBeLessThan(10);
    },
    SECONDS * 1_000 + 120_000,
  );
});

describe('clients that do not read', () => {
  const clients = LONG ? 20 : 4;
  const messages = LONG ? 600 : 200;
  const policies: SendPolicy[] = ['close', 'drop-new', 'drop-old', 'latest', 'volatile'];

  it('cost no more than their limit, and get what the policy promises', async () => {
    const results: SlowResult[] = [];
    for (const policy of policies) results.push(await slowRun(policy, clients, messages));
    print(table(clients, results));
    const of = Object.fromEntries(results.map((one) => [one.policy, one]));
    for (const one of results) {
      expect(one.inOrder).toBe(true);
      // The hard limit, and the one message that may be above it.
      expect(one.waiting).toBeLessThan(1_024 + 128);
      if (one.policy === 'close') continue;
      expect(one.closed).toBe(0);
      expect(one.delivered + one.dropped).toBe(messages);
    }
    expect(of['close']).toMatchObject({ closed: clients, dropped: 0 });
    expect(of['drop-new']?.range).toMatch(/^1\.\./);
    for (const policy of ['drop-old', 'latest']) {
      expect(of[policy]?.range).toMatch(new RegExp(`\\.\\.${messages}$`));
    }
    expect(of['latest']?.waiting).toBeLessThan(of['drop-old']?.waiting ?? 0);
  }, 120_000);
});

describe('a deploy', () => {
  const connections = LONG ? 8_000 : 500;

  it('ends every connection with 1012 within 5 s, and leaves no accepted message unanswered', async () => {
    const { took, codes, asked, answered } = await drainRun(connections, 50);
    print(
      `\nDrain: ${connections} clients gone in ${took.toFixed(0)} ms, ${JSON.stringify(codes)}`,
    );
    print(`Answered while draining: ${answered} of ${asked}`);
    expect(codes).toEqual({ 1012: connections });
    expect(answered).toBe(asked);
    expect(took).toBeLessThan(5_000);
  }, 120_000);
});

function table(clients: number, results: readonly SlowResult[]): string {
  const rows = results.map((one) =>
    [
      one.policy.padEnd(9),
      one.delivered.toFixed(0).padStart(10),
      one.dropped.toFixed(0).padStart(8),
      String(one.closed).padStart(7),
      one.waiting.toFixed(0).padStart(12),
      one.memory.toFixed(1).padStart(11),
      one.range.padStart(14),
    ].join(' '),
  );
  const [first] = results;
  return [
    `\nSlow consumers: ${clients} clients that do not read, ${first?.messages} messages of 64 KiB to each`,
    'policy     delivered  dropped  closed  waiting KiB  memory MiB    first..newest',
    ...rows,
  ].join('\n');
}
