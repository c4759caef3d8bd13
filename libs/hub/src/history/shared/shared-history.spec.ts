import { describe, expect, it } from '@jest/globals';
import { BrokerUnavailable } from '../../broker/broker-unavailable.js';
import { LogServer } from '../../testing-fixtures/faulty-log.js';
import {
  historyNode,
  texts,
  type HistoryNode,
  type HistoryNodeOptions,
} from '../../testing-fixtures/history-node.js';
import { FakeClock } from '../../testing-fixtures/fake-clock.js';
import { packMessage } from './message-format.js';
import { kClose } from '../../support/own-names.js';

const BOUNDS = { maxMessages: 100, maxBytes: 256 * 1024, maxAge: 600_000 };

function nodes(count: number, options: HistoryNodeOptions = {}) {
  const clock = new FakeClock();
  const server = new LogServer(clock);
  const all = Array.from({ length: count }, () => historyNode(server, options));
  const [a, b, c] = all as [HistoryNode, HistoryNode, HistoryNode];
  return { clock, server, a, b, c, pass: (time = 0) => clock.advance(time) };
}

/** A member of the room that was told of nothing else. */
async function member({ hub, connect }: HistoryNode, pass: () => Promise<void>) {
  const { connection, transport } = connect();
  hub.rooms.join(connection, 'lobby');
  await pass();
  return { connection, transport };
}

describe('a history of all nodes', () => {
  it('delivers on every node in the order of the offsets, and says what became of it here', async () => {
    const { a, b, pass } = nodes(2);
    const here = await member(a, pass);
    const there = await member(b, pass);
    const first = a.history.publish('lobby', 'said', 1);
    const second = b.history.publish('lobby', 'said', 2);
    await pass();
    expect(await first).toMatchObject({ offset: 1, sent: 1 });
    expect(await second).toMatchObject({ offset: 2, sent: 1 });
    expect(texts(here.transport)).toEqual([1, 2]);
    expect(here.transport.frames).toEqual(there.transport.frames);
    expect(here.transport.heard[0]).toMatchObject({
      event: 'said',
      at: { room: 'lobby', epoch: (await first).epoch, offset: 1 },
    });
  });

  it('hands a client what it missed on whichever node it comes back to', async () => {
    const { a, b, pass } = nodes(2);
    const publications = [1, 2, 3].map((n) => a.history.publish('lobby', 'said', n));
    await pass();
    const epoch = (await publications[0])?.epoch ?? '';
    const { connection, transport } = b.connect();
    const joined = await b.history.join(connection, 'lobby', { since: { epoch, offset: 1 } });
    expect(joined).toMatchObject({ recovered: true, offset: 3, count: 2 });
    void a.history.publish('lobby', 'said', 4);
    await pass();
    expect(texts(transport)).toEqual(['$joined', 2, 3, 4]);
  });

  it('delivers what hub members were told before it was followed everywhere to nobody twice', async () => {
    const { a, pass } = nodes(1);
    const { connection, transport } = a.connect();
    a.hub.rooms.join(connection, 'lobby');
    const said = a.history.publish('lobby', 'said', 1);
    const again = a.history.publish('lobby', 'said', 2);
    await pass();
    expect([await said, await again]).toMatchObject([{ sent: 1 }, { sent: 1 }]);
    expect(texts(transport)).toEqual([1, 2]);
  });

  it('reads what news has missed, and holds what comes behind a hole', async () => {
    const { a, b, pass } = nodes(2);
    const { transport } = await member(b, pass);
    b.log.faults = { ...b.log.faults, loss: 1 };
    void a.history.publish('lobby', 'said', 1);
    await pass();
    b.log.faults = { ...b.log.faults, loss: 0 };
    void a.history.publish('lobby', 'said', 2);
    await pass(0);
    expect(texts(transport)).toEqual([]);
    await pass(20);
    expect(texts(transport)).toEqual([1, 2]);
    expect(b.shared.stats.repaired).toBe(2);
  });

  it('looks for what was missed in silence after 30 seconds, many rooms in one call', async () => {
    const { a, b, pass } = nodes(2);
    const { connection, transport } = b.connect();
    for (let n = 0; n < 300; n++) b.hub.rooms.join(connection, `room${n}`);
    await pass();
    b.log.faults = { ...b.log.faults, loss: 1 };
    void a.history.publish('room7', 'said', 7);
    await pass();
    b.log.calls.length = 0;
    await pass(30_000);
    expect(b.log.calls.toSorted()).toEqual(['ends', 'ends', 'read']);
    expect(texts(transport)).toEqual([7]);
  });

  it('asks for the ends of rooms that are followed in one turn together, and for none in vain', async () => {
    const { a, b, pass } = nodes(2);
    const ends = b.log.ends.bind(b.log);
    b.log.ends = (rooms) =>
      rooms.includes('room7') ? Promise.reject(new BrokerUnavailable('No')) : ends(rooms);
    const { connection, transport } = b.connect();
    for (let n = 0; n < 300; n++) b.hub.rooms.join(connection, `room${n}`);
    await pass();
    // The batch with the room that cannot be read was asked for again, each by itself.
    expect(b.log.calls.filter((call) => call === 'ends')).toHaveLength(255 + 1);
    void a.history.publish('room8', 'said', 8);
    await pass();
    expect(texts(transport)).toEqual([8]);
    b.log.calls.length = 0;
    for (let n = 300; n < 600; n++) b.hub.rooms.join(connection, `room${n}`);
    await pass();
    expect(b.log.calls.filter((call) => call === 'ends')).toHaveLength(2);
  });

  it('compares all rooms when the broker is back', async () => {
    const { a, b, pass } = nodes(2);
    const { transport } = await member(b, pass);
    b.log.cut();
    void a.history.publish('lobby', 'said', 1);
    await pass();
    b.log.heal();
    await pass();
    expect(texts(transport)).toEqual([1]);
  });

  it('follows a room that could not be followed as soon as the broker is there', async () => {
    const { a, b, pass } = nodes(2);
    b.log.cut();
    const { transport } = await member(b, pass);
    await expect(b.history.publish('lobby', 'said', 0)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    b.log.heal();
    await pass();
    void a.history.publish('lobby', 'said', 1);
    await pass();
    expect(texts(transport)).toEqual([1]);
    expect(b.errors).toHaveLength(1);
  });

  it('tells members that a room has begun anew, and goes on with what it has then', async () => {
    const { a, b, server, pass } = nodes(2);
    const { transport } = await member(b, pass);
    void a.history.publish('lobby', 'said', 1);
    await pass();
    server.restart();
    void a.history.publish('lobby', 'said', 2);
    await pass(20);
    expect(texts(transport)).toEqual([1, '$gap', 2]);
    const [, gap, said] = transport.heard;
    expect(gap?.data).toEqual({ ...Object(said?.at), offset: 0 });
    expect(b.shared.stats.gaps).toBe(1);
  });

  it('forgets a room on all nodes', async () => {
    const { a, b, pass } = nodes(2);
    const here = await member(a, pass);
    const there = await member(b, pass);
    const said = a.history.publish('lobby', 'said', 1);
    await pass();
    const { epoch } = await said;
    await a.history.clear('lobby');
    expect(texts(here.transport)).toEqual([1, '$gap']);
    await pass(30_000);
    expect(texts(there.transport)).toEqual([1, '$gap']);
    const { connection } = b.connect();
    const joined = await b.history.join(connection, 'lobby', { since: { epoch, offset: 1 } });
    expect(joined).toMatchObject({ recovered: false, offset: 0 });
    expect(await a.history.position('lobby')).toMatchObject({ offset: 0 });
  });

  it('says what is kept no more, and delivers what is', async () => {
    const { a, b, pass } = nodes(2, { history: { maxMessages: 2 } });
    const { transport } = await member(b, pass);
    b.log.cut();
    for (let n = 1; n <= 4; n++) void a.history.publish('lobby', 'said', n);
    await pass();
    b.log.heal();
    await pass();
    expect(texts(transport)).toEqual(['$gap', 3, 4]);
    expect(transport.heard[0]?.data).toMatchObject({ offset: 2 });
  });

  it('in rooms where the newest counts, delivers that without a word of the others', async () => {
    const { a, b, pass } = nodes(2, { history: { latestOnly: true } });
    const { transport } = await member(b, pass);
    b.log.cut();
    for (let n = 1; n <= 4; n++) void a.history.publish('lobby', 'said', n);
    await pass();
    b.log.heal();
    await pass();
    expect(texts(transport)).toEqual([4]);
  });

  it('leaves out whom the publisher has left out, on its node', async () => {
    const { a, b, pass } = nodes(2);
    const one = await member(a, pass);
    const other = await member(a, pass);
    const there = await member(b, pass);
    void a.history.publish('lobby', 'said', 1, {
      except: one.connection,
      policy: 'latest',
      key: 'k',
      compress: false,
    });
    await pass();
    expect([one, other, there].map(({ transport }) => texts(transport))).toEqual([[], [1], [1]]);
    for (const { transport } of [other, there]) {
      expect(transport.rules).toEqual([{ policy: 'latest', key: 'k' }]);
      expect(transport.prepared[0]?.compress).toBe(false);
    }
  });

  it('gives a room up 5 seconds after its last member, and not before', async () => {
    const { a, pass } = nodes(1);
    const first = await member(a, pass);
    first.transport.end();
    await pass(4_999);
    expect(a.log.followed).toEqual(['lobby']);
    const second = await member(a, pass);
    await pass(5_000);
    expect(a.log.followed).toEqual(['lobby']);
    second.transport.end();
    await pass(5_000);
    expect([a.log.followed, a.shared.followed]).toEqual([[], 0]);
  });

  it('reads once for all who come back at a time', async () => {
    const { a, pass } = nodes(1);
    void a.history.publish('lobby', 'said', 1);
    await pass();
    a.log.calls.length = 0;
    const joins = Array.from({ length: 50 }, () =>
      a.history.join(a.connect().connection, 'lobby', { latest: 1 }),
    );
    await pass();
    expect((await Promise.all(joins)).every(({ count }) => count === 1)).toBe(true);
    expect(a.log.calls).toEqual(['follow', 'read']);
  });

  it('has messages that are plain objects, and decodes them when they are read', async () => {
    const { a, pass } = nodes(1);
    void a.history.publish('lobby', 'said', { text: 'hi' });
    await pass();
    const latest = await a.history.latest('lobby', 1);
    expect(JSON.parse(JSON.stringify(latest))).toEqual([
      { event: 'said', data: { text: 'hi' }, offset: 1, time: 1_000_000, size: 37 },
    ]);
    expect({ ...latest[0] }.data).toEqual({ text: 'hi' });
  });

  it('stops with everything it has begun', async () => {
    const { a, clock, pass } = nodes(1);
    await member(a, pass);
    await a.history[kClose]();
    expect([a.log.followed, clock.timers]).toEqual([[], 0]);
  });
});

describe('a history of all nodes whose broker is away', () => {
  it('rejects at once when that is known, and within 2 seconds when there is no answer', async () => {
    const { a, pass } = nodes(1);
    const { transport } = await member(a, pass);
    a.log.cut();
    await expect(a.history.publish('lobby', 'said', 1)).rejects.toThrow(
      'Cannot publish: the broker cannot be reached now',
    );
    a.log.heal();
    await pass();
    a.log.isStuck = true;
    const stuck = a.history.publish('lobby', 'said', 2).catch((error: unknown) => error);
    await pass(2_000);
    expect(await stuck).toMatchObject({ code: 'UNAVAILABLE' });
    expect(texts(transport)).toEqual([]);
  });

  it('waits for no answer for ever: a room goes on when there are answers again', async () => {
    const { a, b, pass } = nodes(2);
    const { transport } = await member(b, pass);
    b.log.isStuck = true;
    const joined = b.history.join(b.connect().connection, 'lobby').catch((error: unknown) => error);
    await pass(2_500);
    expect(await joined).toMatchObject({ code: 'UNAVAILABLE' });
    b.log.faults = { ...b.log.faults, loss: 1 };
    void a.history.publish('lobby', 'said', 1);
    await pass();
    b.log.isStuck = false;
    await pass(1_000);
    expect(texts(transport)).toEqual([1]);
  });

  it('refuses joins, and changes nothing', async () => {
    const { a } = nodes(1);
    a.log.cut();
    const { connection, transport } = a.connect();
    await expect(a.history.join(connection, 'lobby')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect([a.hub.rooms.names(), transport.heard]).toEqual([[], []]);
  });

  it('with onUnavailable "deliver" reaches who is here, and begins the room anew afterwards', async () => {
    const { a, b, pass } = nodes(2, { history: { onUnavailable: 'deliver' } });
    const here = await member(a, pass);
    const there = await member(b, pass);
    const said = a.history.publish('lobby', 'said', 1);
    await pass();
    const { epoch } = await said;
    a.log.cut();
    expect(await a.history.publish('lobby', 'said', 2)).toMatchObject({ offset: 0, sent: 1 });
    expect(here.transport.heard[1]).toEqual({ event: 'said', data: 2 });
    a.log.heal();
    const { connection, transport } = a.connect();
    const joined = await a.history.join(connection, 'lobby', { since: { epoch, offset: 1 } });
    expect(joined).toMatchObject({ recovered: false, offset: 0 });
    void a.history.publish('lobby', 'said', 3);
    await pass(20);
    expect(texts(here.transport)).toEqual([1, 2, '$gap', 3]);
    expect(texts(there.transport)).toEqual([1, '$gap', 3]);
    expect(texts(transport)).toEqual(['$joined', 3]);
  });
});

describe('what a stranger or another version has written to a log of all nodes', () => {
  const strange = [Buffer.alloc(0), Buffer.from('zzzz'), Buffer.from('a\u00ff\u0000\u0000')];

  it.each(strange)('is skipped, announced and counted (%#)', async (body) => {
    const { a, server, pass } = nodes(1);
    const { transport } = await member(a, pass);
    void a.history.publish('lobby', 'said', 1);
    await pass();
    server.append('lobby', body, BOUNDS);
    void a.history.publish('lobby', 'said', 3);
    await pass();
    expect(texts(transport)).toEqual([1, '$gap', 3]);
    expect(a.shared.stats).toMatchObject({ unreadable: 1, gaps: 1 });
  });

  it('is a hole that nobody is told to have recovered over', async () => {
    const { a, server, pass } = nodes(1);
    const said = a.history.publish('lobby', 'said', 1);
    await pass();
    const { epoch } = await said;
    server.append('lobby', Buffer.from('zzzz'), BOUNDS);
    for (const n of [3, 4]) void a.history.publish('lobby', 'said', n);
    await pass();
    const outcomes: unknown[] = [];
    for (const offset of [1, 2, 3]) {
      const { connection, transport } = a.connect();
      const { recovered } = await a.history.join(connection, 'lobby', {
        since: { epoch, offset },
        latest: 9,
      });
      outcomes.push([recovered, ...texts(transport).slice(1)]);
    }
    expect(outcomes).toEqual([
      [false, 3, 4],
      [true, 3, 4],
      [true, 4],
    ]);
  });

  it('is ignored when it makes no sense as news', async () => {
    const { a, server, pass } = nodes(1);
    const { transport } = await member(a, pass);
    const body = packMessage({ event: 'e', options: {}, except: [], size: 1, parts: [] });
    const { epoch } = server.room('lobby');
    const bad = [
      { epoch, offset: 0, time: 1, body },
      { epoch, offset: -1, time: 1, body },
      { epoch, offset: 1.5, time: 1, body },
      { epoch, offset: Infinity, time: 1, body },
      { epoch: '', offset: 1, time: 1, body },
      { epoch: 'e'.repeat(65), offset: 1, time: 1, body },
      { epoch, offset: 1, time: NaN, body },
    ];
    for (const news of bad) a.log.hear('lobby', news);
    // Far ahead, and of a life that never was: read once and forgotten.
    a.log.hear('lobby', { epoch, offset: 9_000, time: 1, body });
    a.log.hear('lobby', { epoch: 'never', offset: 1, time: 1, body });
    await pass(1_000);
    expect(a.log.calls.filter((name) => name === 'read')).toHaveLength(1);
    expect(a.shared.stats.ignored).toBe(bad.length + 1);
    void a.history.publish('lobby', 'said', 1);
    await pass();
    expect(texts(transport)).toEqual([1]);
  });

  it('waits behind a hole up to 1,024 messages, then is read', async () => {
    const { a, b, pass } = nodes(2, { history: { maxMessages: 3_000 } });
    const { transport } = await member(b, pass);
    b.log.faults = { ...b.log.faults, loss: 1 };
    void a.history.publish('lobby', 'said', 0);
    await pass();
    b.log.faults = { ...b.log.faults, loss: 0 };
    for (let n = 1; n <= 1_100; n++) void a.history.publish('lobby', 'said', n);
    await pass();
    expect(texts(transport)).toEqual(Array.from({ length: 1_101 }, (_, n) => n));
  });
});
