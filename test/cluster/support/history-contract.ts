import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { BrokerUnavailable, type BrokerHistory, type LogEntry, type LogNews } from '#hub';
import { bytes, eventually, unique, type BrokerRig, type TestNode } from './broker-rig.js';
import { ODD_NAMES } from './odd-names.js';

const BOUNDS = { maxMessages: 100, maxBytes: 256 * 1024, maxAge: 600_000 };

function historyOf({ broker }: TestNode): BrokerHistory {
  if (broker.history === undefined) throw new Error(`The broker ${broker.name} has no history`);
  return broker.history;
}

function textOf({ body }: LogEntry): string {
  return Buffer.from(body).toString();
}

/** What a feed hands over, by offset: it may come doubled and in any order. */
class Feed {
  readonly news = new Map<string, string>();
  count = 0;

  readonly take = (news: LogNews): void => {
    this.count++;
    this.news.set(`${news.epoch} ${news.offset}`, textOf(news));
  };

  async expect(size: number): Promise<void> {
    await eventually(`${size} news`, () => this.news.size >= size);
  }
}

/** What was published to rooms. */
export function describeHistory(rig: BrokerRig): void {
  it('gives what several nodes append to one room one order', async () => {
    const nodes = [await rig.node(), await rig.node()];
    const room = unique('room');
    const feeds = nodes.map(() => new Feed());
    for (const [at, node] of nodes.entries()) {
      await historyOf(node).follow(room, feeds[at]?.take ?? (() => undefined));
    }
    const appended = await Promise.all(
      nodes.map((node, at) =>
        Promise.all(
          Array.from({ length: 50 }, (_, number) =>
            historyOf(node).append(room, bytes(`${at}-${number}`), BOUNDS),
          ),
        ),
      ),
    );
    for (const [at, own] of appended.entries()) {
      // The calls of one node keep their order.
      const offsets = own.map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.toSorted((one, other) => one - other));
      expect(own.map(textOf)).toEqual(own.map((_, number) => `${at}-${number}`));
    }
    const all = appended.flat().toSorted((one, other) => one.offset - other.offset);
    expect(all.map(({ offset }) => offset)).toEqual(all.map((_, at) => at + 1));
    expect(new Set(all.map(({ epoch }) => epoch)).size).toBe(1);
    for (const [at, node] of nodes.entries()) {
      const page = await historyOf(node).read(room, 0, BOUNDS);
      expect(page.entries.map(({ offset }) => offset)).toEqual(all.map(({ offset }) => offset));
      expect(page.entries.map(textOf)).toEqual(all.map(textOf));
      await feeds[at]?.expect(all.length);
      expect(new Map(feeds[at]?.news)).toEqual(
        new Map(all.map((news) => [`${news.epoch} ${news.offset}`, textOf(news)])),
      );
    }
  });

  it('reads what is behind an offset, with the time of each', async () => {
    const node = await rig.node();
    const history = historyOf(node);
    const room = unique('room');
    const sent: LogNews[] = [];
    for (let number = 1; number <= 10; number++) {
      sent.push(await history.append(room, bytes(`${number}`), BOUNDS));
    }
    const { epoch, offset, entries } = await history.read(room, 7, BOUNDS);
    expect([epoch, offset]).toEqual([sent[0]?.epoch, 10]);
    expect(entries.map((entry) => [entry.offset, textOf(entry), entry.time])).toEqual(
      sent.slice(7).map((news) => [news.offset, textOf(news), news.time]),
    );
    const times = sent.map(({ time }) => time);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(Math.abs((times[0] ?? 0) - Date.now())).toBeLessThan(60_000);
    for (const after of [10, 11, 1_000_000]) {
      expect(await history.read(room, after, BOUNDS)).toEqual({ epoch, offset: 10, entries: [] });
    }
  });

  it('has an end for a room nobody has written to, and begins it there', async () => {
    const [one, other] = [await rig.node(), await rig.node()];
    const room = unique('room');
    const page = await historyOf(one).read(room, 0, BOUNDS);
    expect(page).toEqual({ epoch: expect.any(String), offset: 0, entries: [] });
    expect(page.epoch.length).toBeGreaterThan(0);
    // Longer ones are no epoch to clients' recovery.
    expect(page.epoch.length).toBeLessThanOrEqual(64);
    expect(await historyOf(other).read(room, 0, BOUNDS)).toEqual(page);
    expect(await historyOf(other).ends([room])).toEqual([{ epoch: page.epoch, offset: 0 }]);
    const news = await historyOf(other).append(room, bytes('first'), BOUNDS);
    expect([news.epoch, news.offset]).toEqual([page.epoch, 1]);
  });

  it('says where rooms end, in the order asked', async () => {
    const [one, other] = [await rig.node(), await rig.node()];
    const rooms = Array.from({ length: 300 }, (_, at) => unique(`room-${at}`));
    const written = await Promise.all(
      rooms.map(async (room, at) => {
        for (let more = at % 3; more > 0; more--) {
          await historyOf(one).append(room, bytes('x'), BOUNDS);
        }
        return at % 3;
      }),
    );
    const ends = await historyOf(other).ends(rooms);
    expect(ends.map(({ offset }) => offset)).toEqual(written);
    expect(await historyOf(one).ends([])).toEqual([]);
  });

  it('keeps so many messages, so many bytes, for so long', async () => {
    const history = historyOf(await rig.node());
    const kept = async (room: string, bounds = BOUNDS, after = 0) =>
      (await history.read(room, after, bounds)).entries.map(({ offset }) => offset);
    const fill = async (room: string, bounds: typeof BOUNDS, size: number) => {
      for (let number = 0; number < 10; number++) {
        await history.append(room, new Uint8Array(size), bounds);
      }
    };
    const byCount = { ...BOUNDS, maxMessages: 3 };
    const byBytes = { ...BOUNDS, maxBytes: 3_500 };
    const byAge = { ...BOUNDS, maxAge: 300 };
    const rooms = [unique('count'), unique('bytes'), unique('age')] as const;
    await fill(rooms[0], byCount, 10);
    await fill(rooms[1], byBytes, 1_000);
    await fill(rooms[2], byAge, 10);
    expect(await kept(rooms[0], byCount)).toEqual([8, 9, 10]);
    expect(await kept(rooms[0], byCount, 9)).toEqual([10]);
    expect(await kept(rooms[1], byBytes)).toEqual([8, 9, 10]);
    await pause(400);
    expect(await kept(rooms[2], byAge)).toEqual([]);
    const last = await history.append(rooms[2], bytes('new'), byAge);
    expect(last.offset).toBe(11);
    expect(await kept(rooms[2], byAge)).toEqual([11]);
  });

  it('reads within narrower bounds than it was written with', async () => {
    const history = historyOf(await rig.node());
    const room = unique('room');
    for (let number = 0; number < 10; number++) {
      await history.append(room, new Uint8Array(1_000), BOUNDS);
    }
    const page = await history.read(room, 0, { ...BOUNDS, maxMessages: 2 });
    expect(page.offset).toBe(10);
    expect(page.entries.map(({ offset }) => offset)).toEqual([9, 10]);
    const narrow = await history.read(room, 0, { ...BOUNDS, maxBytes: 3_500 });
    expect(narrow.entries.map(({ offset }) => offset)).toEqual([8, 9, 10]);
  });

  it('keeps the newest even if it alone is too large', async () => {
    const history = historyOf(await rig.node());
    const room = unique('room');
    const bounds = { ...BOUNDS, maxBytes: 100 };
    await history.append(room, bytes('small'), bounds);
    await history.append(room, new Uint8Array(5_000), bounds);
    const { entries } = await history.read(room, 0, bounds);
    expect(entries.map(({ offset, body }) => [offset, body.length])).toEqual([[2, 5_000]]);
  });

  it('has another epoch once it was cleared', async () => {
    const [one, other] = [await rig.node(), await rig.node()];
    const [room, beside] = [unique('room'), unique('beside')];
    const before = await historyOf(one).append(room, bytes('old'), BOUNDS);
    const untouched = await historyOf(one).append(beside, bytes('stays'), BOUNDS);
    await historyOf(other).clear(room);
    const page = await historyOf(one).read(room, 0, BOUNDS);
    expect([page.offset, page.entries]).toEqual([0, []]);
    expect(page.epoch).not.toBe(before.epoch);
    const after = await historyOf(one).append(room, bytes('new'), BOUNDS);
    expect([after.epoch, after.offset]).toEqual([page.epoch, 1]);
    expect((await historyOf(one).ends([beside]))[0]?.epoch).toBe(untouched.epoch);
    // A room that was never there, and one that is cleared twice.
    await historyOf(one).clear(unique('never'));
    await historyOf(one).clear(room);
    await historyOf(one).clear(room);
    expect((await historyOf(one).append(room, bytes('x'), BOUNDS)).epoch).not.toBe(after.epoch);
  });

  it('appends once what has the same id', async () => {
    const [one, other] = [await rig.node(), await rig.node()];
    const [room, beside] = [unique('room'), unique('beside')];
    const append = (node: TestNode, name: string, id?: string) =>
      historyOf(node).append(name, bytes('same'), BOUNDS, id);
    const first = await append(one, room, 'id');
    await append(one, room, 'id 2');
    await append(one, room);
    const again = await Promise.all([append(other, room, 'id'), append(one, room, 'id')]);
    for (const { epoch, offset } of again) expect([epoch, offset]).toEqual([first.epoch, 1]);
    expect((await append(one, beside, 'id')).offset).toBe(1);
    const raced = await Promise.all([append(other, room, 'raced'), append(one, room, 'raced')]);
    expect(raced.map(({ offset }) => offset)).toEqual([4, 4]);
    expect((await historyOf(one).read(room, 0, BOUNDS)).entries).toHaveLength(4);
    await historyOf(one).clear(room);
    expect((await append(one, room, 'id')).epoch).not.toBe(first.epoch);
  });

  it('follows a room from the moment it says so, until it does not', async () => {
    const [one, other] = [await rig.node(), await rig.node()];
    for (let turn = 0; turn < 20; turn++) {
      const room = unique('room');
      const feed = new Feed();
      await historyOf(one).follow(room, feed.take);
      const news = await historyOf(other).append(room, bytes('hello'), BOUNDS);
      await historyOf(other).append(unique('beside'), bytes('no'), BOUNDS);
      await feed.expect(1);
      expect([...feed.news]).toEqual([[`${news.epoch} 1`, 'hello']]);
      historyOf(one).unfollow(room);
    }
    const [room, last] = [unique('room'), unique('last')];
    const [feed, end] = [new Feed(), new Feed()];
    await historyOf(one).follow(room, feed.take);
    await historyOf(one).follow(last, end.take);
    historyOf(one).unfollow(room);
    historyOf(one).unfollow(unique('never'));
    await historyOf(other).append(room, bytes('no'), BOUNDS);
    await historyOf(other).append(last, bytes('yes'), BOUNDS);
    await end.expect(1);
    expect(feed.count).toBe(0);
  });

  it('follows over sessions', async () => {
    const [one, other] = [await rig.node(), await rig.node()];
    const [room, left] = [unique('room'), unique('left')];
    const [feed, gone] = [new Feed(), new Feed()];
    await historyOf(one).follow(room, feed.take);
    await historyOf(one).follow(left, gone.take);
    one.session.destroy();
    historyOf(one).unfollow(left);
    await one.open();
    await historyOf(one).follow(unique('later'), () => undefined);
    await historyOf(other).append(left, bytes('no'), BOUNDS);
    await historyOf(other).append(room, bytes('there'), BOUNDS);
    await feed.expect(1);
    expect([...feed.news.values()]).toEqual(['there']);
    expect(gone.count).toBe(0);
  });

  it('follows, with the next session, what was asked for while there was none', async () => {
    const [one, other] = [await rig.stranger(), await rig.node()];
    const room = unique('room');
    const feed = new Feed();
    await expect(historyOf(one).follow(room, feed.take)).rejects.toThrow(BrokerUnavailable);
    await one.open();
    await historyOf(one).follow(unique('later'), () => undefined);
    await historyOf(other).append(room, bytes('there'), BOUNDS);
    await feed.expect(1);
  });

  it('rejects while there is no session', async () => {
    const node = await rig.stranger();
    const history = historyOf(node);
    const attempts = () => [
      history.append('room', bytes('x'), BOUNDS),
      history.read('room', 0, BOUNDS),
      history.ends(['room']),
      history.clear('room'),
    ];
    for (const attempt of attempts()) await expect(attempt).rejects.toThrow(BrokerUnavailable);
    await node.open();
    node.session.destroy();
    for (const attempt of attempts()) await expect(attempt).rejects.toThrow(BrokerUnavailable);
  });

  it('keeps rooms of any name and bodies of any bytes', async () => {
    const [one, other] = [await rig.node(), await rig.node()];
    const mark = unique();
    const rooms = ODD_NAMES;
    await Promise.all(rooms.map((room) => historyOf(one).clear(room)));
    await Promise.all(
      rooms.map((room, at) => historyOf(one).append(room, bytes(`${mark} ${at}`), BOUNDS)),
    );
    for (const [at, room] of rooms.entries()) {
      const page = await historyOf(other).read(room, 0, BOUNDS);
      expect(page.entries.map(textOf)).toEqual([`${mark} ${at}`]);
    }
    const room = unique('room');
    const every = Uint8Array.from({ length: 256 }, (_, value) => value);
    const bodies = [every, new Uint8Array(0), new Uint8Array(one.broker.maxMessage).fill(7)];
    const bounds = { ...BOUNDS, maxBytes: 64 * 1024 * 1024 };
    const feed = new Feed();
    await historyOf(other).follow(room, feed.take);
    for (const body of bodies) await historyOf(one).append(room, body, bounds);
    const { entries } = await historyOf(other).read(room, 0, bounds);
    expect(entries.map(({ body }, at) => Buffer.compare(body, bodies[at] ?? every))).toEqual([
      0, 0, 0,
    ]);
    await feed.expect(3);
  });

  it('refuses a body that is too long, and goes on', async () => {
    const node = await rig.node();
    const room = unique('room');
    const long = new Uint8Array(node.broker.maxMessage + 1);
    await expect(historyOf(node).append(room, long, BOUNDS)).rejects.toThrow(String(long.length));
    expect((await historyOf(node).append(room, bytes('x'), BOUNDS)).offset).toBe(1);
  });
}

/** A server that came back empty never looks like the one before. */
export function describeHistoryRestart(rig: BrokerRig): void {
  it('begins all rooms with another epoch, and goes on following', async () => {
    const [one, other] = [await rig.node(), await rig.node()];
    const [room, silent] = [unique('room'), unique('silent')];
    const feed = new Feed();
    await historyOf(one).follow(room, feed.take);
    const before = await historyOf(other).append(room, bytes('before'), BOUNDS, 'id');
    const [quiet] = await historyOf(one).ends([silent]);
    await feed.expect(1);
    await rig.restartEmpty();
    const page = await historyOf(one).read(room, 1, BOUNDS);
    expect([page.offset, page.entries]).toEqual([0, []]);
    expect(page.epoch).not.toBe(before.epoch);
    expect((await historyOf(one).ends([silent]))[0]?.epoch).not.toBe(quiet?.epoch);
    const after = await historyOf(other).append(room, bytes('after'), BOUNDS, 'id');
    expect([after.epoch, after.offset]).toEqual([page.epoch, 1]);
    await feed.expect(2);
    expect([...feed.news.values()]).toEqual(['before', 'after']);
  }, 30_000);
}
