// The nodes themselves go wrong, one of three, while all publish.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NatsServer } from '../support/nats-server.js';
import { RedisServer } from '../support/redis-server.js';
import { Outcomes } from './support/check.js';
import type { NodeHandle, NodeReport } from './support/node-handle.js';
import { play, ROOMS } from './support/scenario.js';

const outcomes = new Outcomes();
const DELIVERIES = ['at-most-once', 'at-least-once'] as const;

afterAll(() => {
  outcomes.print();
});

/** Numbers of what a node that was killed has said to a room, in the order they came. */
function heard({ received }: NodeReport, room: string): number[] {
  return (received[`n2 ${room}`] ?? []).filter((_, at) => at % 2 === 0);
}

describe.each([
  ['redis', () => RedisServer.start()],
  ['nats', () => NatsServer.start()],
] as const)('two nodes over %s, when the third is killed', (kind, start) => {
  let server: RedisServer | NatsServer;

  beforeEach(async () => {
    server = await start();
  });

  afterEach(() => server.stop());

  it.each(DELIVERIES)('keep %s, and say that it is gone', async (delivery) => {
    const name = `${kind} ${delivery}: one node is killed`;
    const result = await play({
      places: [{ kind, url: server.url, app: 'fail' }],
      delivery,
      killed: 1,
      fault: async (nodes) => {
        await pause(2_000);
        await nodes[2]?.kill();
      },
    });
    outcomes.check(name, result, { upWithin: 0, mayLose: true }, delivery);
    const [one, other] = result.reports as [NodeReport, NodeReport];
    for (const room of ROOMS) {
      const numbers = heard(one, room);
      expect(numbers.length).toBeGreaterThan(100);
      expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
      if (delivery === 'at-most-once') continue;
      // All it had said until then, to both, without a hole.
      expect(numbers).toEqual(numbers.map((_, index) => index));
      expect(heard(other, room)).toEqual(numbers);
    }
    for (const { gaps, timeline } of [one, other]) {
      const reasons = gaps
        .filter(({ publisher }) => publisher === 'n2')
        .map(({ reason }) => reason);
      // What it had not sent yet went with it, and nobody can know whether there was any.
      if (delivery === 'at-most-once') expect(reasons).toContain('node-down');
      else expect(reasons).toEqual([]);
      expect(timeline.map(({ nodeDown }) => nodeDown)).toContain('n2');
    }
  });
});

describe('a node that stands still', () => {
  let server: RedisServer;

  beforeEach(async () => {
    server = await RedisServer.start();
    // More than that waits for it: Redis cuts it off.
    await server.command('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 2mb 0 0');
  });

  afterEach(() => server.stop());

  it.each(DELIVERIES)('until the server has cut it off keeps %s', async (delivery) => {
    let over = 0;
    const result = await play({
      places: [{ kind: 'redis', url: server.url, app: 'fail' }],
      delivery,
      bytes: 4_000,
      milliseconds: 7_000,
      fault: async ([, , last]: readonly NodeHandle[]) => {
        last?.signal('SIGSTOP');
        await pause(5_000);
        last?.signal('SIGCONT');
        over = Date.now();
      },
      healed: () => over,
    });
    const states = result.reports[2]?.timeline.filter(({ at, state }) => state && at > over);
    expect(states?.map(({ state }) => state).slice(0, 2)).toEqual(['down', 'up']);
    outcomes.check(
      `redis ${delivery}: one node stands still for 5 s, and is cut off`,
      result,
      { upWithin: 5_000, mayLose: true },
      delivery,
    );
  });
});
