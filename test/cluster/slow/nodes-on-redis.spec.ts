import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { Outcomes } from './support/check.js';
import { blackHole, cutOff, killed, stopped, type Fault } from './support/faults.js';
import { play, type ScenarioOptions } from './support/scenario.js';

const outcomes = new Outcomes();
let server: RedisServer;
const proxies: TcpProxy[] = [];

beforeEach(async () => {
  server = await RedisServer.start();
});

afterEach(async () => {
  await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
  await server.stop();
});

afterAll(() => {
  outcomes.print();
});

const CLIENTS = 'nw:faults:';

async function clientsKilled(type: 'normal' | 'pubsub'): Promise<number> {
  let count = 0;
  for (let time = 0; time < 6; time++) {
    count += await server.killClients(CLIENTS, type);
    await pause(400);
  }
  expect(count).toBeGreaterThanOrEqual(6);
  return Date.now();
}

const FAULTS: Fault[] = [
  { name: 'nothing goes wrong', happens: async () => 0, upWithin: 0 },
  {
    name: 'the server is killed and comes back empty after 2 s',
    happens: () => killed(server),
    upWithin: 1_000,
  },
  {
    name: 'the server is stopped for 3 s',
    happens: () => stopped(server),
    upWithin: 1_000,
    mayLose: true,
  },
  {
    name: 'all connections for commands are killed, again and again',
    happens: () => clientsKilled('normal'),
    upWithin: 1_500,
    mayLose: true,
  },
  {
    name: 'all subscriptions are killed, again and again',
    happens: () => clientsKilled('pubsub'),
    upWithin: 1_500,
    mayLose: true,
  },
  {
    name: 'the server becomes a replica for 3 s, and keeps all connections',
    happens: async () => {
      await server.command('REPLICAOF', '127.0.0.1', '1');
      await pause(3_000);
      await server.command('REPLICAOF', 'NO', 'ONE');
      return Date.now();
    },
    upWithin: 1_000,
    mayLose: true,
  },
  {
    name: 'scripts and all data are flushed',
    happens: async () => {
      await server.command('FLUSHALL');
      await server.command('SCRIPT', 'FLUSH');
      return 0;
    },
    upWithin: 0,
  },
  {
    name: 'the server has no memory left for the log',
    happens: async () => {
      await server.command('CONFIG', 'SET', 'maxmemory', '1');
      await pause(1_500);
      await server.command('CONFIG', 'SET', 'maxmemory', '0');
      return Date.now();
    },
    upWithin: 1_500,
    mayLose: true,
  },
];

describe.each(['redis', 'ioredis'] as const)('nodes over %s', (kind) => {
  for (const delivery of ['at-most-once', 'at-least-once'] as const) {
    const faults = kind === 'redis' ? FAULTS : FAULTS.slice(0, 5);
    it.each(faults)(`keep ${delivery}: $name`, async (fault) => {
      let over = 0;
      const options: ScenarioOptions = {
        places: [{ kind, url: server.url, app: 'faults' }],
        delivery,
        fault: async (nodes) => {
          over = await fault.happens(nodes);
        },
        healed: () => over,
      };
      outcomes.check(`${kind} ${delivery}: ${fault.name}`, await play(options), fault, delivery);
    });
  }
});

describe('nodes whose way to Redis is bad', () => {
  const ways: (Omit<Fault, 'happens'> & { happens: (proxy: TcpProxy) => Promise<number> })[] = [
    {
      name: 'one node waits 30 ms for everything',
      happens: async (proxy) => {
        proxy.latency = 30;
        await pause(3_000);
        return 0;
      },
      upWithin: 0,
    },
    {
      name: 'one node’s way is a black hole for 4 s',
      happens: blackHole,
      upWithin: 1_500,
      mayLose: true,
    },
    {
      name: 'one node hears nothing for 4 s, and is heard',
      happens: async (proxy) => {
        proxy.holdAnswers();
        await pause(4_000);
        return Date.now();
      },
      upWithin: 1_500,
      mayLose: true,
    },
    {
      name: 'one node is cut off for 3 s',
      happens: cutOff,
      upWithin: 1_500,
      mayLose: true,
    },
  ];
  for (const delivery of ['at-most-once', 'at-least-once'] as const) {
    it.each(ways)(`keep ${delivery}: $name`, async (way) => {
      const proxy = await TcpProxy.to(server.port);
      proxies.push(proxy);
      let over = 0;
      const direct = { kind: 'redis', url: server.url, app: 'ways' } as const;
      const result = await play({
        places: [{ ...direct, url: `redis://127.0.0.1:${proxy.port}` }, direct, direct],
        delivery,
        milliseconds: 6_000,
        fault: async () => {
          over = await way.happens(proxy);
        },
        healed: () => over,
      });
      outcomes.check(`redis ${delivery}: ${way.name}`, result, way, delivery);
    });
  }
});
