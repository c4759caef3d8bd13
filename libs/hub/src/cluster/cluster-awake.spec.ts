import { afterEach, expect, it } from '@jest/globals';
import { BrokerUnavailable } from '../broker/broker-unavailable.js';
import { MemoryBrokerServer } from '../broker/memory/memory-broker-server.js';
import { memoryBroker } from '../broker/memory/memory-broker.js';
import { Hub } from '../hub.js';

const hubs: Hub[] = [];
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close({ deadline: 100 });
});

/** Timers for which the process stays. */
function awake(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

function hubOf(reach: () => MemoryBrokerServer, required = false): Hub {
  const hub = new Hub({
    broker: memoryBroker(reach),
    cluster: { required },
    onError: () => {},
  });
  hubs.push(hub);
  return hub;
}

function noServer(): never {
  throw new BrokerUnavailable('There is none');
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

it('keeps the process alive while its broker is away, and no longer', async () => {
  const before = awake();
  let server: MemoryBrokerServer | undefined;
  const hub = hubOf(() => server ?? noServer());
  const started = hub.start();
  expect(awake()).toBe(before + 1);
  server = new MemoryBrokerServer();
  await started;
  expect(hub.cluster.state).toBe('up');
  expect(awake()).toBe(before);
  server.close();
  await until(() => hub.cluster.state !== 'up');
  expect(awake()).toBe(before + 1);
  const closing = hub.close({ deadline: 100 });
  expect(awake()).toBe(before + 1);
  await closing;
  expect(awake()).toBe(before);
});

it('lets the process end when the broker it requires is not there', async () => {
  const before = awake();
  const starting = hubOf(noServer, true).start();
  expect(awake()).toBe(before + 1);
  await expect(starting).rejects.toThrow(BrokerUnavailable);
  expect(awake()).toBe(before);
});
