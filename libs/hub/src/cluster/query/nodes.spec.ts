import { describe, expect, it } from '@jest/globals';
import { memoryBroker } from '../../broker/memory/memory-broker.js';
import { MemoryBrokerServer } from '../../broker/memory/memory-broker-server.js';
import { serve } from '../../testing-fixtures/fake-upgrade.js';

/** Two hubs that know of each other, with a client each. */
async function pair() {
  const server = new MemoryBrokerServer();
  const [one, two] = [
    serve({}, {}, { broker: memoryBroker(server) }),
    serve({}, {}, { broker: memoryBroker(server) }),
  ];
  await Promise.all([one.hub.start(), two.hub.start()]);
  while (one.hub.cluster.nodes.length < 2 || two.hub.cluster.nodes.length < 2) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const close = async (): Promise<void> => {
    await Promise.all([one, two].map(({ hub }) => hub.close({ deadline: 100 })));
    server.close();
  };
  return { one, two, close };
}

describe('two nodes over one broker', () => {
  it('find, count, move and disconnect each other’s connections', async () => {
    const { one, two, close } = await pair();
    const ada = one.connect({ user: 'ada' });
    const bob = two.connect({ user: 'bob' });
    expect(await one.hub.registry.cluster.count()).toBe(2);
    const found = await one.hub.registry.cluster.find({ user: 'bob' });
    expect(found).toMatchObject({ id: bob.connection.id, node: two.hub.cluster.node });
    expect(ada.connection.node).toBe(one.hub.cluster.node);
    expect(await one.hub.rooms.cluster.join({}, 'lobby')).toBe(2);
    expect(await two.hub.rooms.cluster.size('lobby')).toBe(2);
    expect(await one.hub.registry.cluster.disconnectUser('bob')).toBe(1);
    expect(bob.transport.closes).toHaveLength(1);
    await close();
  });

  it('ask the members of a room on both, and know who has not answered where', async () => {
    const { one, two, close } = await pair();
    const ada = one.connect({ user: 'ada' });
    const bob = two.connect({ user: 'bob' });
    const eve = two.connect({ user: 'eve' });
    await one.hub.rooms.cluster.join({}, 'lobby');
    const asking = one.hub.rooms.to('lobby').request('vote', { on: 1 }, { timeout: 300 });
    while (bob.transport.heard.length === 0) await new Promise((resolve) => setImmediate(resolve));
    ada.transport.event('$reply', 'yes', String(ada.transport.heard.at(-1)?.['id']));
    bob.transport.event('$reply', { no: [1] }, String(bob.transport.heard.at(-1)?.['id']));
    const { answers, missing, complete, unreachable } = await asking;
    expect(answers.map(({ connection, data }) => [connection.userId, data])).toEqual([
      ['ada', 'yes'],
      ['bob', { no: [1] }],
    ]);
    expect(missing).toMatchObject([{ connection: { id: eve.connection.id }, reason: 'timeout' }]);
    expect([complete, unreachable]).toEqual([false, undefined]);
    await close();
  });

  it('know their own alone where there is no broker', async () => {
    const { hub, connect } = serve();
    connect({ user: 'ada' });
    expect(await hub.registry.cluster.count()).toBe(1);
    expect(await hub.rooms.cluster.names()).toEqual([]);
  });
});
