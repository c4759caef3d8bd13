import { afterAll, afterEach, beforeEach, describe, it } from '@jest/globals';
import { NatsServer } from '../support/nats-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { Outcomes } from './support/check.js';
import { blackHole, cutOff, killed, stopped, type Fault } from './support/faults.js';
import { play } from './support/scenario.js';

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

interface NatsFault extends Fault {
  /** Whether one node reaches the server through the proxy. */
  readonly indirect?: boolean;
}

/** Thousands of messages are read from the log first. */
const READ_FIRST = 3_000;

const FAULTS: NatsFault[] = [
  { name: 'nothing goes wrong', happens: async () => 0, upWithin: 0 },
  {
    name: 'the server is killed for 2 s',
    happens: () => killed(server),
    upWithin: 1_500,
  },
  {
    name: 'the server is killed and comes back empty after 2 s',
    happens: () => killed(server, () => server.empty()),
    upWithin: 1_500,
  },
  {
    name: 'the server is stopped for 3 s',
    happens: () => stopped(server),
    upWithin: 1_500,
    mayLose: true,
  },
  {
    name: 'one node’s way is a black hole for 4 s',
    indirect: true,
    happens: () => blackHole(proxy),
    upWithin: READ_FIRST,
    mayLose: true,
  },
  {
    name: 'one node is cut off for 3 s',
    indirect: true,
    happens: () => cutOff(proxy),
    upWithin: READ_FIRST,
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
      fault: async (nodes) => {
        over = await fault.happens(nodes);
      },
      healed: () => over,
    });
    outcomes.check(`nats ${delivery}: ${fault.name}`, result, fault, delivery);
  });
});
