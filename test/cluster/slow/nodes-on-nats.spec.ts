import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, it } from '@jest/globals';
import { NatsServer } from '../support/nats-server.js';
import { Outcomes, type Promised } from './support/check.js';
import { play } from './support/scenario.js';
import { TcpProxy } from './support/tcp-proxy.js';

const outcomes = new Outcomes();
let server: NatsServer;
let proxy: TcpProxy;

beforeEach(async () => {
  server = await NatsServer.start();
  proxy = await TcpProxy.to(server.port);
});

afterEach(async () => {
  await proxy.stop();
  await server.stop();
});

afterAll(() => {
  outcomes.print();
});

interface Fault extends Promised {
  readonly name: string;
  /** Whether one node reaches the server through the proxy. */
  readonly indirect?: boolean;
  /** @returns when its cause was over, in milliseconds since the epoch */
  readonly happens: () => Promise<number>;
}

const FAULTS: Fault[] = [
  { name: 'nothing goes wrong', happens: async () => 0, upWithin: 0 },
  {
    name: 'the server is killed for 2 s',
    happens: async () => {
      await server.kill();
      await pause(2_000);
      await server.start();
      return Date.now();
    },
    upWithin: 1_500,
  },
  {
    name: 'the server is killed and comes back empty after 2 s',
    happens: async () => {
      await server.kill();
      server.empty();
      await pause(2_000);
      await server.start();
      return Date.now();
    },
    upWithin: 1_500,
  },
  {
    name: 'the server is stopped for 3 s',
    happens: async () => {
      server.pause();
      await pause(3_000);
      server.resume();
      return Date.now();
    },
    upWithin: 1_500,
    mayLose: true,
  },
  {
    name: 'one node’s way is a black hole for 4 s',
    indirect: true,
    happens: async () => {
      proxy.hold();
      await pause(4_000);
      proxy.release();
      return Date.now();
    },
    // Thousands of messages are read from the log first.
    upWithin: 3_000,
    mayLose: true,
  },
  {
    name: 'one node is cut off for 3 s',
    indirect: true,
    happens: async () => {
      proxy.refuse();
      await pause(3_000);
      proxy.accept();
      return Date.now();
    },
    // Thousands of messages are read from the log first.
    upWithin: 3_000,
    mayLose: true,
  },
];

describe.each(['at-most-once', 'at-least-once'] as const)('nodes over NATS, %s', (delivery) => {
  it.each(FAULTS)('keep their promise when $name', async (fault) => {
    let over = 0;
    const direct = { kind: 'nats', url: server.url, app: 'faults' } as const;
    const first = { ...direct, url: `nats://127.0.0.1:${proxy.port}` };
    const result = await play({
      places: fault.indirect === true ? [first, direct, direct] : [direct],
      delivery,
      milliseconds: 6_000,
      fault: async () => {
        over = await fault.happens();
      },
      healed: () => over,
    });
    outcomes.check(`nats ${delivery}: ${fault.name}`, result, fault, delivery);
  });
});
