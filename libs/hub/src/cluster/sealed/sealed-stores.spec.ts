import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LogNews } from '../../broker/broker-history.js';
import { packMessage } from '../../history/shared/message-format.js';
import { packMail } from '../../mailbox/shared/mail-format.js';
import { ClusterRig, type heard } from '../../testing-fixtures/cluster-rig.js';
import { roomChannel, userChannel } from '../../broker/channel.js';
import { kArrived } from '../../support/own-names.js';

const SECRET = 'correct horse battery';
const HISTORY = { maxMessages: 100, maxBytes: 256 * 1024, maxAge: 600_000 };
const MAILBOX = { maxMessages: 100, maxBytes: 256 * 1024 };

let rig: ClusterRig;
beforeEach(() => {
  rig = new ClusterRig({ secret: SECRET, notifyGap: true });
});
afterEach(() => rig.close());

const parts = (data: unknown) => [
  { codec: 'json', text: true, bytes: Buffer.from(JSON.stringify({ event: 'said', data })) },
];
const said = (data: unknown) =>
  packMessage({ event: 'said', options: {}, except: [], size: 1, parts: parts(data) });
const note = (data: unknown) =>
  packMail({ event: 'said', acknowledged: false, parts: parts(data) });

function append(room: string, body: Uint8Array): LogNews {
  const news = rig.server?.histories.append(room, body, HISTORY, []);
  if (news === undefined) throw new Error('There is no server');
  return news;
}

/** What nodes have written to a room, as the broker has it. */
const written = (room: string) => rig.server?.histories.read(room, 0, HISTORY).entries ?? [];
const names = (client: Parameters<typeof heard>[0]) =>
  client.transport.heard.map(({ event, data }) => (event === 'said' ? data : event));

describe('with a secret, what a broker keeps', () => {
  it('of a history is delivered, recovered and read when a node has written it', async () => {
    const [one, two] = [await rig.node(), await rig.node()];
    const there = two.connect();
    two.hub.rooms.join(there.connection, 'lobby');
    await rig.clock.settle();
    const published = one.hub.history.publish('lobby', 'said', 1);
    await rig.until(published);
    expect(names(there)).toEqual([1]);
    const latest = two.hub.history.latest('lobby');
    await rig.until(latest);
    expect(await latest).toMatchObject([{ event: 'said', data: 1, offset: 1 }]);
    expect(two.hub.cluster.stats.ignored.unauthenticated).toBe(0);
  });

  it('of a history is a gap, and counted, when a stranger has written it, or it was moved', async () => {
    const node = await rig.node();
    const client = node.connect();
    node.hub.rooms.join(client.connection, 'lobby');
    await rig.clock.settle();
    await rig.until(node.hub.history.publish('private', 'said', 'elsewhere'));
    const [signed] = written('private');
    const bodies = [
      said('unsigned'),
      Buffer.concat([said('wrong'), new Uint8Array(32)]),
      signed?.body ?? new Uint8Array(),
      new Uint8Array(),
    ];
    for (const body of bodies) append('lobby', body);
    await rig.until(node.hub.history.publish('lobby', 'said', 'last'));
    await rig.clock.advance(100);
    expect(names(client)).toEqual(['$gap', '$gap', '$gap', '$gap', 'last']);
    expect(node.hub.cluster.stats.ignored.unauthenticated).toBe(4);
    expect(node.ignored).toContainEqual({
      reason: 'unauthenticated',
      channel: roomChannel('lobby'),
    });
    // Whoever comes is told of no more than can be trusted.
    const late = node.connect();
    const joined = node.hub.history.join(late.connection, 'lobby', { latest: 9 });
    await rig.until(joined);
    expect(names(late)).toEqual(['$joined', 'last']);
  });

  it('of mail is handed over when a node has kept it, and for that user only', async () => {
    const [one, two] = [await rig.node(), await rig.node()];
    await rig.until(one.hub.mailbox.send('ada', 'said', 1));
    const [kept] = rig.server?.mailboxes.list('ada') ?? [];
    const expiresAt = rig.clock.now() + 60_000;
    for (const [user, body] of [
      ['ada', note('unsigned')],
      ['ada', new Uint8Array()],
      ['bob', kept?.body ?? new Uint8Array()],
    ] as const) {
      rig.server?.mailboxes.push(user, { body, expiresAt, size: 1 }, MAILBOX);
    }
    const clients = ['ada', 'bob'].map((user) => two.connect({ user }));
    for (const { connection } of clients) void two.hub.mailbox[kArrived](connection);
    await rig.clock.advance(100);
    expect(clients.map(names)).toEqual([[1], []]);
    expect(two.hub.cluster.stats.ignored.unauthenticated).toBeGreaterThanOrEqual(3);
    expect(two.ignored).toContainEqual({ reason: 'unauthenticated', channel: userChannel('bob') });
  });

  it('cannot be read without it, or with another', async () => {
    const one = await rig.node();
    await rig.until(one.hub.history.publish('lobby', 'said', 1));
    await rig.until(one.hub.mailbox.send('ada', 'said', 1));
    for (const secret of [undefined, 'another horse battery']) {
      const other = await rig.node({ cluster: { secret } });
      const latest = other.hub.history.latest('lobby');
      const waiting = other.hub.mailbox.waiting('ada');
      await rig.until(Promise.all([latest, waiting]));
      expect([await latest, await waiting]).toEqual([[], []]);
    }
  });
});
