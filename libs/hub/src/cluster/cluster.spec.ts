import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ALL } from '../broker/channel.js';
import { MessageKind } from './bus/message-kind.js';
import { createJsonCodec } from '../wire/json.codec.js';
import { loadMsgpackCodec } from '../wire/msgpack.codec.js';
import { ClusterRig, heard } from '../testing-fixtures/cluster-rig.js';
import { serve } from '../testing-fixtures/fake-upgrade.js';
import { kBus } from '../support/own-names.js';

let rig = new ClusterRig();
afterEach(async () => {
  await rig.close();
  rig = new ClusterRig();
});

describe('a hub without a broker', () => {
  it('is alone', async () => {
    const { hub } = serve();
    await hub.start();
    expect(hub.cluster).toMatchObject({ state: 'alone', node: '', nodes: [] });
    expect(hub.cluster.stats).toMatchObject({ sent: 0, received: 0, outbox: { entries: 0 } });
    await hub.rooms.settled('lobby');
    hub.cluster.observe({})();
    await hub.close();
    expect(hub.cluster[kBus]).toBeUndefined();
  });
});

describe('broadcasts between nodes', () => {
  it('reach members of a room, users and everyone, each once', async () => {
    const one = await rig.node();
    const two = await rig.node();
    const ada = one.connect({ user: 'ada' });
    const bob = two.connect({ user: 'bob' });
    const eve = two.connect();
    one.hub.rooms.join(ada.connection, 'lobby');
    two.hub.rooms.join(bob.connection, 'lobby');
    two.hub.rooms.join(bob.connection, 'office');
    await rig.clock.settle();
    expect(one.hub.rooms.to('lobby').send('room', 1)).toMatchObject({ sent: 1 });
    one.hub.rooms.to(['lobby', 'office', 'nowhere']).send('rooms', 2);
    one.hub.broadcaster.toUser('bob').send('user', 3);
    one.hub.broadcaster.toUser('bob').to('lobby').send('both', 4);
    one.hub.broadcaster.toAll().send('all', 5);
    one.hub.broadcaster.toAll().sendRaw('{"event":"raw"}');
    const many = Array.from({ length: 60 }, (_, index) => `room ${index}`);
    one.hub.rooms.to([...many, 'office']).send('many', 6);
    await rig.clock.settle();
    const own = ['room', 'rooms', 'both', 'all', 'raw'];
    expect(ada.transport.heard.map(({ event }) => event)).toEqual(own);
    expect(heard(bob)).toEqual([
      ['room', 1],
      ['rooms', 2],
      ['user', 3],
      ['both', 4],
      ['all', 5],
      'raw',
      ['many', 6],
    ]);
    expect(heard(eve)).toEqual([['all', 5], 'raw']);
    expect(two.hub.cluster.stats).toMatchObject({ delivered: 7, duplicates: 0, gaps: 0 });
    expect(one.hub.cluster.stats).toMatchObject({ sent: 7, outbox: { bytes: 0 } });
    expect([...one.reports, ...two.reports]).toEqual([]);
  });

  it('leave out connections and members of rooms, wherever they are', async () => {
    const one = await rig.node();
    const two = await rig.node();
    const clients = [one.connect(), two.connect(), two.connect(), two.connect()];
    const [sender, near, muted, left] = clients;
    for (const [index, { connection }] of clients.entries()) {
      (index === 0 ? one : two).hub.rooms.join(connection, 'lobby');
    }
    if (sender === undefined || muted === undefined || left === undefined) throw new Error('none');
    two.hub.rooms.join(muted.connection, 'muted');
    await rig.clock.settle();
    one.hub.rooms.to('lobby').except(sender.connection, left.connection, 'muted').send('said');
    await rig.clock.settle();
    expect(clients.map((client) => heard(client))).toEqual([[], ['said'], [], []]);
    expect(near).toBeDefined();
  });

  it('stay here with .local', async () => {
    const one = await rig.node();
    const two = await rig.node();
    const far = two.connect();
    const near = one.connect();
    two.hub.rooms.join(far.connection, 'lobby');
    await rig.clock.settle();
    one.hub.broadcaster.local.toAll().send('broadcaster');
    one.hub.broadcaster.toAll().local.send('broadcast');
    one.hub.rooms.to('lobby').local.to('office').send('room');
    await rig.clock.settle();
    expect(heard(far)).toEqual([]);
    expect(heard(near)).toEqual(['broadcaster', 'broadcast']);
    expect(one.hub.cluster.stats.sent).toBe(0);
  });

  it('come in the bytes of each codec, and are encoded once more where it is missing', async () => {
    const msgpack = await loadMsgpackCodec();
    const json = createJsonCodec();
    const codecFor = (protocol: string) => (protocol === '' ? json : msgpack);
    const one = await rig.node({ config: { codecFor, codecs: [json, msgpack] } });
    const two = await rig.node({ config: { codecFor, codecs: [json, msgpack] } });
    const plain = await rig.node();
    const text = two.connect();
    const bytes = two.connect({ protocol: 'msgpack' });
    const other = plain.connect();
    one.hub.broadcaster.toAll().send('said', { text: 'hi' });
    plain.hub.broadcaster.toAll().send('said', { text: 'ho' });
    await rig.clock.settle();
    expect(heard(text)).toEqual([
      ['said', { text: 'hi' }],
      ['said', { text: 'ho' }],
    ]);
    expect(heard(other)).toEqual([
      ['said', { text: 'ho' }],
      ['said', { text: 'hi' }],
    ]);
    expect(bytes.transport.prepared.map(({ payload }) => msgpack.decode(payload).data)).toEqual([
      { text: 'hi' },
      { text: 'ho' },
    ]);
    expect(two.hub.cluster.stats.reencoded).toBe(1);
    expect(two.hub.cluster.nodes.map(({ codecs }) => codecs)).toEqual([
      ['json', 'msgpack'],
      ['json', 'msgpack'],
      ['json'],
    ]);
  });

  it('keep what is to happen at slow receivers', async () => {
    const one = await rig.node();
    const two = await rig.node();
    const { transport } = two.connect();
    one.hub.broadcaster.toAll().send('said', 1, { policy: 'latest', key: 'k', compress: false });
    one.hub.broadcaster.toAll().send('said', 2, { volatile: true });
    one.hub.broadcaster.toAll().send('said', 3, { policy: 'drop-old' });
    await rig.clock.settle();
    expect(transport.rules).toEqual([
      { policy: 'latest', key: 'k' },
      { policy: 'volatile' },
      { policy: 'drop-old', key: 'said' },
    ]);
    expect(transport.compressed).toEqual([false, true, true]);
  });

  it('keep apart rooms that differ in half a surrogate pair', async () => {
    const one = await rig.node();
    const two = await rig.node();
    const client = two.connect();
    two.hub.rooms.join(client.connection, 'a\ud800');
    await rig.clock.settle();
    one.hub.rooms.to('a\ud801').send('other');
    one.hub.rooms.to('a\ud800').send('own');
    await rig.clock.settle();
    expect(heard(client)).toEqual(['own']);
  });

  it('are subscribed while somebody is there, and a while longer', async () => {
    const one = await rig.node();
    const two = await rig.node();
    const client = two.connect();
    two.hub.rooms.join(client.connection, 'lobby');
    const settled = two.hub.rooms.settled('lobby');
    await rig.clock.settle();
    await settled;
    const before = two.hub.cluster.stats.received;
    one.hub.rooms.to('lobby').send('said');
    await rig.clock.settle();
    expect(two.hub.cluster.stats.received).toBe(before + 1);
    two.hub.rooms.leave(client.connection, 'lobby');
    await rig.clock.advance(6_000);
    const after = two.hub.cluster.stats.received;
    one.hub.rooms.to('lobby').send('said');
    one.hub.rooms.to('lobby').send('said');
    await rig.clock.settle();
    expect(two.hub.cluster.stats.received).toBe(after);
    two.hub.rooms.join(client.connection, 'lobby');
    await rig.clock.settle();
    one.hub.rooms.to('lobby').send('again');
    await rig.clock.settle();
    expect(heard(client)).toEqual(['said', 'again']);
    expect(two.gaps).toEqual([]);
  });

  it('are delivered here, reported and announced when their address is too large', async () => {
    const one = await rig.node();
    const two = await rig.node();
    const near = one.connect();
    const far = two.connect();
    one.hub.rooms.join(near.connection, 'lobby');
    two.hub.rooms.join(far.connection, 'lobby');
    await rig.clock.settle();
    const many = Array.from({ length: 2_000 }, (_, index) => `room ${index}`);
    one.hub.rooms.to('lobby').send('before');
    expect(one.hub.rooms.to([...many, 'lobby']).send('said')).toMatchObject({ sent: 1 });
    one.hub.rooms.to('lobby').send('after');
    await rig.clock.advance(1_000);
    expect(one.reports.map(({ error }) => String(error))).toEqual([
      expect.stringContaining('Cannot send to other nodes: the limit is 1024 rooms'),
    ]);
    expect(one.dropped).toMatchObject([{ messages: 1, rooms: 'all', reason: 'address' }]);
    expect(one.hub.cluster.stats.dropped.address).toBe(1);
    expect(two.gaps).toMatchObject([{ rooms: 'all', reason: 'dropped', messages: 1 }]);
    expect(heard(far)).toEqual(['before', 'after']);
  });
});

describe('the nodes of a cluster', () => {
  it('know one another, and say goodbye', async () => {
    const one = await rig.node({ cluster: { name: 'first' } });
    const two = await rig.node({ cluster: { name: 'second' } });
    two.hub.rooms.join(two.connect({ user: 'ada' }).connection, 'lobby');
    await rig.clock.advance(2_000);
    expect(one.hub.cluster.nodes).toMatchObject([
      { name: 'first', id: one.hub.cluster.node, connections: 0 },
      { name: 'second', connections: 1, users: 1, rooms: 1, codecs: ['json'] },
    ]);
    await rig.until(two.hub.close({ deadline: 10 }));
    expect(one.news).toEqual(['up', `+${two.hub.cluster.node}`, `-${two.hub.cluster.node}`]);
    expect(one.gaps).toEqual([]);
    expect(two.hub.cluster.state).toBe('down');
  });

  it('start without their broker, unless it is required', async () => {
    const { server } = rig;
    rig.server = undefined;
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const away = await rig.node({ start: false });
    const started = away.hub.start();
    const required = await rig.node({ start: false, cluster: { required: true } });
    const refused = required.hub.start().catch((error: unknown) => error);
    await rig.clock.advance(2_100);
    await started;
    expect(String(await refused)).toContain('the broker memory is required');
    expect(['connecting', 'down']).toContain(away.hub.cluster.state);
    expect(warn.mock.calls).toEqual([
      [
        expect.stringContaining('Cannot reach the broker memory: this node is alone'),
        { code: 'NESTWIRE_BROKER_UNAVAILABLE' },
      ],
    ]);
    warn.mockRestore();
    rig.server = server;
    await rig.clock.advance(1_000);
    expect(away.hub.cluster.state).toBe('up');
  });

  it('that never say goodbye are gone after 10 seconds, which may be a gap', async () => {
    const one = await rig.node();
    const two = await rig.node();
    two.hub.broadcaster.toAll().send('said');
    await rig.clock.advance(100);
    const { node } = two.hub.cluster;
    one.filter = (_channel, message) => !Buffer.from(message).includes(Buffer.from(node, 'hex'));
    await rig.clock.advance(13_000);
    expect(one.news).toContain(`-${node}`);
    expect(one.gaps).toMatchObject([{ node, rooms: 'all', reason: 'node-down' }]);
  });

  it('ignore what was not signed with their secret', async () => {
    const one = await rig.node({ cluster: { secret: 'correct horse battery' } });
    const two = await rig.node({ cluster: { secret: 'correct horse battery' } });
    const wrong = await rig.node({ cluster: { secret: 'another horse battery' } });
    const none = await rig.node();
    const client = two.connect();
    for (const { hub } of [one, wrong, none]) hub.broadcaster.toAll().send(hub.cluster.node);
    await rig.clock.settle();
    expect(heard(client)).toEqual([one.hub.cluster.node]);
    expect(two.hub.cluster.nodes).toHaveLength(2);
    expect(two.hub.cluster.stats.ignored.unauthenticated).toBeGreaterThan(3);
    expect(two.ignored[0]?.reason).toBe('unauthenticated');
    expect(none.hub.cluster.stats.ignored.unauthenticated).toBeGreaterThan(0);
  });

  it.each([
    ['the roster', MessageKind.RosterDelta, ALL],
    ['the roster', MessageKind.RosterAsk, ALL],
    ['the roster', MessageKind.RosterState, ALL],
    ['mail', MessageKind.Mail, ALL],
    ['a query', MessageKind.Query, ALL],
  ])('count what makes no sense to %s (%s)', async (_part, kind, channel) => {
    const one = await rig.node();
    const two = await rig.node();
    const before = two.hub.cluster.stats.ignored.malformed;
    one.hub.cluster[kBus]?.publish(channel, kind, Buffer.from('nonsense'));
    await rig.clock.settle();
    expect(two.hub.cluster.stats.ignored.malformed).toBe(before + 1);
    expect(two.ignored).toEqual([{ reason: 'malformed', channel }]);
  });

  it('count what the broker has of a room or a user that makes no sense', async () => {
    const node = await rig.node();
    const { connection } = node.connect({ user: 'ada' });
    node.hub.rooms.join(connection, 'lobby');
    await rig.clock.settle();
    const bounds = { maxMessages: 9, maxBytes: 999, maxAge: 60_000 };
    const mail = { body: Buffer.from('x'), size: 1, expiresAt: rig.clock.now() + 60_000 };
    rig.server?.histories.append('lobby', Buffer.from('nonsense'), bounds, []);
    rig.server?.mailboxes.push('ada', mail, bounds);
    await rig.until(node.hub.mailbox.waiting('ada'));
    await rig.clock.settle();
    expect(node.ignored).toEqual([
      { reason: 'malformed', channel: 'r:lobby' },
      { reason: 'malformed', channel: 'u:ada' },
    ]);
    expect(node.hub.cluster.stats.ignored.malformed).toBe(2);
  });

  it('of two versions speak the lower one, and ignore what they cannot read', async () => {
    const old = await rig.node();
    const both = await rig.node({ versions: { min: 1, max: 2 } });
    const client = old.connect();
    both.hub.broadcaster.toAll().send('one');
    await rig.clock.settle();
    expect(heard(client)).toEqual(['one']);
    const modern = await rig.node({ versions: { min: 2, max: 2 } });
    const late = modern.connect();
    await rig.until(old.hub.close({ deadline: 10 }));
    both.hub.broadcaster.toAll().send('two');
    await rig.clock.settle();
    expect(heard(late)).toEqual(['two']);
    expect(old.hub.cluster.stats.ignored.version).toBeGreaterThan(0);
  });
});
