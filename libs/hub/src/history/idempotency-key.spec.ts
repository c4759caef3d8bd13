import { afterEach, describe, expect, it } from '@jest/globals';
import { ClusterRig } from '../testing-fixtures/cluster-rig.js';
import { serve, type Client } from '../testing-fixtures/fake-upgrade.js';

const texts = ({ transport }: Client) => transport.heard.map(({ data }) => data);

describe('a message that is published under a key', () => {
  it.each(['', 'x'.repeat(257), 7, {}])('is refused for the key %j', async (key) => {
    const { hub } = serve();
    const idempotencyKey = key as string;
    await expect(hub.history.publish('lobby', 'said', 1, { idempotencyKey })).rejects.toThrow(
      'Cannot publish: an idempotencyKey of 1 to 256 characters is expected',
    );
  });

  it('is kept and delivered once in a process, until the room begins anew', async () => {
    const { hub, connect } = serve();
    const client = connect();
    hub.rooms.join(client.connection, 'lobby');
    const said = (data: unknown, idempotencyKey: string, room = 'lobby') =>
      hub.history.publish(room, 'said', data, { idempotencyKey });
    const [first, again, other] = [await said(1, 'a'), await said(2, 'a'), await said(3, 'b')];
    expect(first).toMatchObject({ offset: 1, sent: 1 });
    expect(again).toEqual({ ...first, sent: 0 });
    expect(other).toMatchObject({ offset: 2 });
    expect(await said(4, 'a', 'elsewhere')).toMatchObject({ offset: 1, room: 'elsewhere' });
    expect(texts(client)).toEqual([1, 3]);
    await hub.history.clear('lobby');
    expect(await said(5, 'a')).toMatchObject({ offset: 1, sent: 1 });
  });

  it('is published anew when it failed before', async () => {
    const { hub } = serve();
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const idempotencyKey = 'a';
    await expect(hub.history.publish('lobby', 'said', loop, { idempotencyKey })).rejects.toThrow();
    expect(await hub.history.publish('lobby', 'said', 1, { idempotencyKey })).toMatchObject({
      offset: 1,
    });
  });
});

describe('on many nodes a message that is published under a key', () => {
  let rig = new ClusterRig();
  afterEach(async () => {
    await rig.close();
    rig = new ClusterRig();
  });

  it('is kept and delivered once, with the bytes that were first, whoever tries again', async () => {
    const nodes = [await rig.node(), await rig.node()] as const;
    const clients = nodes.map((node) => node.connect());
    for (const [at, { hub }] of nodes.entries()) hub.rooms.join(clients[at]!.connection, 'lobby');
    await rig.clock.settle();
    const idempotencyKey = 'order 7';
    const published = nodes.map(({ hub }, at) =>
      hub.history.publish('lobby', 'said', at, { idempotencyKey }),
    );
    await rig.until(Promise.all(published));
    await rig.until(nodes[1].hub.history.publish('lobby', 'said', 'late', { idempotencyKey }));
    const [one, two] = await Promise.all(published);
    expect([one?.offset, two?.offset]).toEqual([1, 1]);
    expect(clients.map(texts)).toEqual([[0], [0]]);
    const latest = nodes[1].hub.history.latest('lobby');
    await rig.until(latest);
    expect(await latest).toMatchObject([{ data: 0, offset: 1 }]);
  });

  it('may be tried again when nobody knows what became of it', async () => {
    const node = await rig.node();
    const client = node.connect();
    node.hub.rooms.join(client.connection, 'lobby');
    await rig.clock.settle();
    const idempotencyKey = 'order 7';
    const first = node.hub.history.publish('lobby', 'said', 1, { idempotencyKey });
    node.breakLink();
    await first.catch(() => {});
    await rig.clock.advance(2_000);
    const again = node.hub.history.publish('lobby', 'said', 1, { idempotencyKey });
    await rig.until(again);
    await rig.clock.advance(2_000);
    expect(await again).toMatchObject({ offset: 1 });
    expect(texts(client)).toEqual([1]);
  });
});
