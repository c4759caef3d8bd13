// What a session with Redis carries, with each kind of client.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { BrokerUnavailable } from '#hub';
import type { BrokerNode } from './support/broker-node.js';
import { CLIENT_NAMES, freshApp, openNode } from './support/redis-clients.js';
import { RedisServer } from './support/redis-server.js';

let server: RedisServer;
let app = freshApp();
const nodes: BrokerNode[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
});
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
  app = freshApp();
});
afterAll(() => server.stop());

async function open(
  client: (typeof CLIENT_NAMES)[number] = 'url',
  name = app,
): Promise<BrokerNode> {
  const node = await openNode(server.url, name, client);
  nodes.push(node);
  return node;
}

async function logOf(node: BrokerNode, from: string, after = 0, limit = {}) {
  const found: string[] = [];
  const all = { messages: 1_000, bytes: 1e9, ...limit };
  for await (const { channel, message } of node.session.readLog(from, after, all)) {
    found.push(`${channel}=${Buffer.from(message).toString()}`);
  }
  return found;
}

/** Names that are no names in most places. */
const NAMES = [
  '',
  'plain',
  'a}b',
  'a}:h',
  '{a}',
  '%7D',
  '}',
  'a b\n*>\r\n$1\r\n',
  '\u{1F600}',
  '\uD83D',
  '\uFFFD',
  '\0',
  'x'.repeat(256),
];

describe.each(CLIENT_NAMES)('a session by %s', (client) => {
  it('carries bytes in order to all that are subscribed, itself included', async () => {
    const [one, two] = [await open(client), await open(client)];
    await one.session.subscribe(['a', `n:${one.node}`]);
    await two.session.subscribe(['a']);
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    await one.session.send([{ channel: 'a', message: bytes, seq: 0, copy: 0 }], false);
    await one.send(Array.from({ length: 500 }, (_, index) => ['a', String(index)] as const));
    await two.send([[`n:${one.node}`, 'only you']]);
    await two.until(() => two.messages.length === 501);
    await one.until(() => one.messages.length === 502);
    expect(two.texts().slice(1)).toEqual(Array.from({ length: 500 }, (_, index) => String(index)));
    expect(one.texts(`n:${one.node}`)).toEqual(['only you']);
    expect(one.messages[0]?.text).toBe(bytes.toString());
    await two.session.unsubscribe(['a']);
    await one.send([['a', 'late']]);
    await one.until(() => one.texts().includes('late'));
    await two.session.probe();
    expect(two.texts()).not.toContain('late');
  });

  it('keeps rooms and users of any name apart', async () => {
    const [one, two] = [await open(client), await open(client)];
    const channels = NAMES.flatMap((name) => [`r:${name}`, `u:${name}`]);
    await two.session.subscribe(channels);
    const batch = await one.send(
      channels.map((channel) => [channel, channel] as const),
      true,
    );
    await two.until(() => two.messages.length === channels.length);
    expect(two.messages.map(({ channel }) => channel)).toEqual(channels);
    expect(batch.length).toBe(channels.length);
    const logged: string[] = [];
    for await (const { channel } of two.session.readLog(one.node, 0, {
      messages: 99,
      bytes: 1e6,
    })) {
      logged.push(channel);
    }
    expect(logged).toEqual(channels);
  });

  it('keeps what is logged, once, for whoever asks', async () => {
    const [one, two] = [await open(client), await open(client)];
    const batch = await one.send(
      [
        ['a', '1'],
        ['r:x', '2'],
        ['u:y', '3'],
      ],
      true,
    );
    await one.session.send(batch, true);
    await one.session.send(
      [
        { channel: 'r:p', message: Buffer.from('4'), seq: 4, copy: 0 },
        { channel: 'r:q', message: Buffer.from('4'), seq: 4, copy: 1 },
        { channel: 'a', message: Buffer.from('control'), seq: 0, copy: 0 },
      ],
      true,
    );
    await one.session.send([{ channel: 'a', message: Buffer.from('5'), seq: 5, copy: 0 }], false);
    const all = ['a=1', 'r:x=2', 'u:y=3', 'r:p=4', 'r:q=4'];
    expect(await logOf(two, one.node)).toEqual(all);
    expect(await logOf(two, one.node, 2)).toEqual(all.slice(2));
    expect(await logOf(two, one.node, 4)).toEqual([]);
    expect(await logOf(two, one.node, 0, { messages: 2 })).toEqual(all.slice(0, 2));
    expect(await logOf(two, one.node, 0, { bytes: 2 })).toEqual(all.slice(0, 2));
    expect(await logOf(two, '0123456789abcdef')).toEqual([]);
    expect(one.unloggedCount).toBe(0);
  });

  it('probes, and hears the end of either connection', async () => {
    for (const type of ['normal', 'pubsub'] as const) {
      const node = await open(client);
      await Promise.all([node.session.probe(), node.session.probe()]);
      expect(await server.killClients(`nw:${app}:${node.node}`, type)).toBe(1);
      await node.until(() => node.ends.length > 0);
      expect(node.ends).toHaveLength(1);
      expect(node.ends[0]).toBeInstanceOf(BrokerUnavailable);
      await expect(node.session.send([], false)).resolves.toBeUndefined();
      await expect(node.send([['a', 'x']])).rejects.toThrow(BrokerUnavailable);
      await expect(node.session.subscribe(['a'])).rejects.toThrow(BrokerUnavailable);
      await expect(node.session.probe()).rejects.toThrow(BrokerUnavailable);
      await expect(node.history.read('x', 0, BOUNDS)).rejects.toThrow(BrokerUnavailable);
    }
  });

  it('says nothing when it was destroyed, and rejects what was under way', async () => {
    const node = await open(client);
    const sent = node.send([['a', 'x']]);
    node.session.destroy();
    node.session.destroy();
    await expect(sent).rejects.toThrow(BrokerUnavailable);
    await expect(node.mailbox.list('ada')).rejects.toThrow(BrokerUnavailable);
    expect(node.ends).toEqual([]);
    const clients = String(await server.command('CLIENT', 'LIST'));
    expect(clients).not.toContain(`nw:${app}:`);
  });
});

const BOUNDS = { maxMessages: 10, maxBytes: 1_000, maxAge: 60_000 };

describe('a session', () => {
  it('is of the same generation for all nodes, until the server has lost its data', async () => {
    const [one, two] = [await open(), await open('ioredis')];
    expect(two.session.generation).toBe(one.session.generation);
    await server.command('FLUSHALL');
    await expect(one.session.probe()).rejects.toThrow(
      'Cannot use this Redis any longer: its data was lost or replaced',
    );
    const before = one.session.generation;
    one.session.destroy();
    await one.open();
    expect(one.session.generation).not.toBe(before);
    await expect(two.session.probe()).rejects.toThrow('its data was lost or replaced');
  });

  it('of another application hears and reads nothing of this one', async () => {
    const [one, two] = [await open(), await open('url', freshApp())];
    await two.session.subscribe(['a', 'r:x']);
    await one.send(
      [
        ['a', '1'],
        ['r:x', '2'],
      ],
      true,
    );
    await one.history.append('x', Buffer.from('kept'), BOUNDS);
    expect(await logOf(two, one.node)).toEqual([]);
    expect((await two.history.read('x', 0, BOUNDS)).offset).toBe(0);
    await two.session.probe();
    expect(two.messages).toEqual([]);
  });

  it("goes on without a log whose key is somebody else's, and says so", async () => {
    const [one, two] = [await open(), await open()];
    await two.session.subscribe(['a']);
    await server.command('SET', `nw:${app}:log:${one.node}`, 'mine');
    await one.send(
      [
        ['a', '1'],
        ['a', '2'],
      ],
      true,
    );
    await two.until(() => two.messages.length === 2);
    expect(one.unloggedCount).toBe(2);
    expect(one.unloggedFor[0]?.message).toContain('WRONGTYPE');
    expect(await logOf(two, one.node)).toEqual([]);
  });

  it('survives what strangers write and publish under its names', async () => {
    const [one, two] = [await open(), await open()];
    await two.history.follow('x', () => {});
    await two.session.subscribe(['a', 'r:x', 'u:x']);
    const room = `nw:${app}:{r:x}`;
    const heads = [
      '1 e 1 1 5\nabc',
      '1 e 1 1 3\nabcd',
      '2 e 1 1 3\nabc',
      '1 e 1 1\n',
      '',
      '\n',
      'x',
    ];
    await server.commands([
      ...heads.map((text) => ['PUBLISH', `${room}:h`, text]),
      ['PUBLISH', room, '\0\0\0'],
      ['PUBLISH', `nw:${app}:probe:${two.node}`, 'x'],
      ['XADD', `nw:${app}:log:${one.node}`, '1-0', 'c', 'nonsense', 'm', 'x'],
      ['XADD', `nw:${app}:log:${one.node}`, '2-0', 'q', 'all'],
      ['XADD', `nw:${app}:log:${one.node}`, '3-0', 'c', 'all', 'm', 'good'],
    ]);
    await two.until(() => two.texts('r:x').length === 1);
    expect(two.ignoredOn).toEqual(heads.map(() => `${room}:h`));
    expect(await logOf(two, one.node)).toEqual(['a=good']);
    await two.session.probe();
    expect(two.ends).toEqual([]);
  });

  it('refuses what is longer than it carries', async () => {
    const node = await open();
    const message = Buffer.alloc(node.broker.maxMessage + 1);
    const sent = node.session.send([{ channel: 'a', message, seq: 1, copy: 0 }], true);
    await expect(sent).rejects.toThrow(
      'Cannot send to other nodes: at most 4194304 bytes are carried, current value is 4194305',
    );
    await expect(node.history.append('x', message, BOUNDS)).rejects.toThrow('at most 4194304');
  });
});
