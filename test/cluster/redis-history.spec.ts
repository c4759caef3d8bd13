// Histories in Redis, with several nodes.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { BrokerUnavailable, type LogNews } from '#hub';
import type { BrokerNode } from './support/broker-node.js';
import { freshApp, openNode, type ClientName } from './support/redis-clients.js';
import { RedisServer } from './support/redis-server.js';

let server: RedisServer;
let app = freshApp();
const nodes: BrokerNode[] = [];
const BOUNDS = { maxMessages: 100, maxBytes: 256 * 1024, maxAge: 60_000 };

beforeAll(async () => {
  server = await RedisServer.start();
});
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
  app = freshApp();
});
afterAll(() => server.stop());

async function open(client: ClientName = 'url'): Promise<BrokerNode> {
  const node = await openNode(server.url, app, client);
  nodes.push(node);
  return node;
}

const append = (node: BrokerNode, room: string, text: string, bounds = BOUNDS, id?: string) =>
  node.history.append(room, Buffer.from(text), bounds, id);
const textOf = ({ body }: { body: Uint8Array }) => Buffer.from(body).toString();
const kept = async (node: BrokerNode, room: string, after = 0, bounds = BOUNDS) => {
  const { entries } = await node.history.read(room, after, bounds);
  return entries.map((entry) => `${entry.offset}${textOf(entry)}`);
};

async function follow(node: BrokerNode, room: string): Promise<LogNews[]> {
  const news: LogNews[] = [];
  await node.history.follow(room, (one) => news.push({ ...one, body: Buffer.from(one.body) }));
  return news;
}

describe('a history in Redis', () => {
  it('has one order for all nodes, without a gap', async () => {
    const [one, two] = [await open(), await open('ioredis')];
    const rooms = ['p', 'q}', 'r s', '\uD800'];
    const heard = await Promise.all(
      [one, two].flatMap((node) => rooms.map((r) => follow(node, r))),
    );
    const appends = [one, two].flatMap((node, who) =>
      rooms.flatMap((room) =>
        Array.from({ length: 200 }, (_, index) => append(node, room, `${who}-${index}`)),
      ),
    );
    const news = await Promise.all(appends);
    await one.until(() => heard.every(({ length }) => length === 400));
    for (const [index, all] of heard.entries()) {
      expect(all.map(({ offset }) => offset)).toEqual(all.map((_, at) => at + 1));
      expect(all.map(textOf)).toEqual(heard[index % 4]?.map(textOf));
      for (const who of [0, 1]) {
        const own = all.map(textOf).filter((text) => text.startsWith(`${who}-`));
        expect(own).toEqual(Array.from({ length: 200 }, (_, at) => `${who}-${at}`));
      }
    }
    // What an append says is what everybody hears.
    const [first] = news;
    const same = heard[0]?.find(({ offset }) => offset === first?.offset);
    expect({ ...first, body: textOf(first as LogNews) }).toEqual({ ...same, body: '0-0' });
    expect(await kept(two, 'p', 398)).toEqual(
      heard[0]?.slice(398).map((n) => n.offset + textOf(n)),
    );
  });

  it('keeps so many, so many bytes, for so long, and the newest whatever its size', async () => {
    const node = await open();
    for (const text of ['a', 'b', 'c', 'd'])
      await append(node, 'x', text, { ...BOUNDS, maxMessages: 3 });
    expect(await kept(node, 'x')).toEqual(['2b', '3c', '4d']);
    expect(await kept(node, 'x', 3)).toEqual(['4d']);
    expect(await kept(node, 'x', 4)).toEqual([]);
    expect(await kept(node, 'x', Infinity)).toEqual([]);
    expect(await kept(node, 'x', 0, { ...BOUNDS, maxMessages: 1 })).toEqual(['4d']);
    await append(node, 'x', 'e'.repeat(90), { ...BOUNDS, maxBytes: 91 });
    expect((await kept(node, 'x')).map((text) => text.slice(0, 2))).toEqual(['4d', '5e']);
    await append(node, 'x', 'f'.repeat(500), { ...BOUNDS, maxBytes: 91 });
    expect((await kept(node, 'x')).map((text) => text.slice(0, 2))).toEqual(['6f']);
    const short = { ...BOUNDS, maxAge: 40 };
    const { epoch } = await append(node, 'y', 'a', short);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await node.history.read('y', 0, short)).toEqual({ epoch, offset: 1, entries: [] });
    expect(await append(node, 'y', 'b', short)).toMatchObject({ epoch, offset: 2 });
    expect(await kept(node, 'y', 0, short)).toEqual(['2b']);
    await new Promise((resolve) => setTimeout(resolve, 450));
    expect((await node.history.read('y', 0, short)).epoch).not.toBe(epoch);
  });

  it('gives a room its epoch before the first message, the same on all nodes', async () => {
    const [one, two] = [await open(), await open()];
    const [end] = await one.history.ends(['x']);
    expect(end?.offset).toBe(0);
    expect((await two.history.read('x', 0, BOUNDS)).epoch).toBe(end?.epoch);
    expect(await append(two, 'x', 'a')).toMatchObject({ epoch: end?.epoch, offset: 1 });
    const rooms = Array.from({ length: 600 }, (_, index) => (index === 300 ? 'x' : `r${index}`));
    const ends = await one.history.ends(rooms);
    expect(ends).toHaveLength(600);
    expect(ends[300]).toEqual({ epoch: end?.epoch, offset: 1 });
    expect(new Set(ends.map(({ epoch }) => epoch)).size).toBe(600);
  });

  it('keeps no room for long whose end alone was asked for, and none shorter for being asked', async () => {
    const node = await open();
    const left = async (room: string) => server.command('PTTL', `nw:${app}:{r:${room}}:m`);
    const rooms = Array.from({ length: 300 }, (_, index) => `r${index}`);
    const ends = await node.history.ends(rooms);
    for (const room of rooms) {
      expect(await left(room)).toBeGreaterThan(290_000);
      expect(await left(room)).toBeLessThanOrEqual(300_000);
    }
    // As long as it is followed it is asked for, and stays the same.
    await server.command('PEXPIRE', `nw:${app}:{r:r0}:m`, '140000');
    expect(await node.history.ends(['r0'])).toEqual([ends[0]]);
    expect(await left('r0')).toBeGreaterThan(290_000);
    // A position that was given away is kept as long as the history of the room says.
    await node.history.read('r0', 0, BOUNDS);
    expect(await left('r0')).toBeGreaterThan(590_000);
    await node.history.ends(['r0']);
    expect(await left('r0')).toBeGreaterThan(590_000);
  });

  it('appends what has the same id once, also when it is asked at once by two', async () => {
    const [one, two] = [await open(), await open()];
    const heard = await follow(one, 'x');
    const both = [one, two].map((node) => append(node, 'x', 'a', BOUNDS, 'id }:1'));
    const [first, second] = await Promise.all([...both, append(one, 'x', 'b')]);
    expect(second).toEqual(first);
    expect(await append(two, 'x', 'again', BOUNDS, 'id }:1')).toMatchObject({
      offset: first?.offset,
    });
    expect((await append(one, 'x', 'c', BOUNDS, 'id 2')).offset).toBe(3);
    expect((await append(one, 'y', 'd', BOUNDS, 'id }:1')).offset).toBe(1);
    await one.until(() => heard.length === 3);
    expect(heard.map(textOf).sort()).toEqual(['a', 'b', 'c']);
    await one.history.clear('x');
    expect(await append(two, 'x', 'e', BOUNDS, 'id }:1')).toMatchObject({ offset: 1 });
    const ttl = await server.command('PTTL', `nw:${app}:{r:x}:i:id %7D:1`);
    expect(Number(ttl)).toBeGreaterThan(290_000);
  });

  it('has another epoch once it was cleared, or anything of it was lost', async () => {
    const [one, two] = [await open(), await open()];
    const epochs = new Set<string>();
    const room = `nw:${app}:{r:x}`;
    const losses: (() => Promise<unknown>)[] = [
      () => one.history.clear('x'),
      () => server.command('DEL', `${room}:m`),
      () => server.command('DEL', `${room}:l`),
      () => server.command('LPOP', `${room}:l`),
      () => server.command('SET', `${room}:m`, 'B of a later version'),
    ];
    for (const lose of losses) {
      for (const text of ['a', 'b']) epochs.add((await append(one, 'x', text)).epoch);
      await lose();
      const read = await two.history.read('x', 0, BOUNDS);
      expect(read).toMatchObject({ offset: 0, entries: [] });
      expect(epochs).not.toContain(read.epoch);
      expect(await append(two, 'x', 'c')).toMatchObject({ epoch: read.epoch, offset: 1 });
      await append(two, 'x', 'd');
      await lose();
      const news = await append(one, 'x', 'e');
      expect(news.offset).toBe(1);
      expect(epochs).not.toContain(news.epoch);
      expect(news.epoch).not.toBe(read.epoch);
      expect(await kept(two, 'x')).toEqual(['1e']);
      await one.history.clear('x');
    }
    expect(epochs.size).toBe(losses.length);
  });

  it("rejects with the key that is somebody else's, and leaves other rooms alone", async () => {
    const node = await open();
    const wrong = ['m', 'l', 'p'].map((key) => `nw:${app}:{r:${key}}:${key}`);
    for (const room of ['m', 'l', 'p']) await append(node, room, 'a');
    for (const key of wrong)
      await server.commands([
        ['DEL', key],
        ['SADD', key, 'x'],
      ]);
    for (const [index, room] of ['m', 'l', 'p'].entries()) {
      const type = ['string', 'list', 'hash'][index];
      const rejected = expect(append(node, room, 'b')).rejects;
      await rejected.toThrow(BrokerUnavailable);
      await expect(append(node, room, 'b')).rejects.toThrow(
        `Cannot use key ${wrong[index]}: a ${type} is expected, current value is a set`,
      );
    }
    await expect(node.history.read('l', 0, BOUNDS)).rejects.toThrow(`key ${wrong[1]}`);
    expect((await append(node, 'other', 'c')).offset).toBe(1);
    await node.history.clear('m');
    expect((await append(node, 'm', 'd')).offset).toBe(1);
  });

  it('hands nothing over any more once it is not followed', async () => {
    const [one, two] = [await open(), await open()];
    const heard = await follow(one, 'x');
    const other = await follow(one, 'y');
    await append(two, 'x', 'a');
    await one.until(() => heard.length === 1);
    one.history.unfollow('x');
    one.history.unfollow('never');
    await append(two, 'x', 'b');
    await append(two, 'y', 'c');
    await one.until(() => other.length === 1);
    const again = await follow(one, 'x');
    one.history.unfollow('x');
    const last = await follow(one, 'x');
    await append(two, 'x', 'd');
    await one.until(() => last.length === 1);
    expect([heard, again, last].map((all) => all.map(textOf))).toEqual([['a'], [], ['d']]);
  });

  it('finds its scripts again when the server has dropped them', async () => {
    const node = await open();
    await append(node, 'x', 'a');
    await server.command('SCRIPT', 'FLUSH');
    expect((await append(node, 'x', 'b')).offset).toBe(2);
    await server.command('SCRIPT', 'FLUSH');
    expect(await kept(node, 'x')).toEqual(['1a', '2b']);
    await server.command('SCRIPT', 'FLUSH');
    const { number } = await node.mailbox.push('u', mail('m'), BOX);
    await server.command('SCRIPT', 'FLUSH');
    expect(await node.mailbox.remove('u', [number])).toBe(true);
  });

  it('rejects while there is no session, and follows with the next', async () => {
    const node = await open();
    const other = await open();
    const heard = await follow(node, 'x');
    node.session.destroy();
    await expect(append(node, 'x', 'a')).rejects.toThrow(BrokerUnavailable);
    await expect(node.history.ends(['x'])).rejects.toThrow('there is no session');
    const later: LogNews[] = [];
    await expect(node.history.follow('y', (one) => later.push(one))).rejects.toThrow('no session');
    await node.open();
    await append(other, 'x', 'b');
    await append(other, 'y', 'c');
    await node.until(() => later.length === 1);
    expect(heard.map(textOf)).toEqual(['b']);
  });
});

const BOX = { maxMessages: 3, maxBytes: 100 };
const mail = (text: string, size = 1, lifetime = 60_000) => ({
  body: Buffer.from(text),
  expiresAt: Date.now() + lifetime,
  size,
});

const listed = async (node: BrokerNode, user = 'u') => (await node.mailbox.list(user)).map(textOf);

describe('a mailbox in Redis', () => {
  it('numbers mail upwards, over users of any name, and takes the oldest out past its bounds', async () => {
    const [one, two] = [await open(), await open('ioredis')];
    const numbers: number[] = [];
    for (const [index, text] of ['a', 'b', 'c', 'd'].entries()) {
      const pushed = await [one, two][index % 2]?.mailbox.push('u}', mail(text), BOX);
      expect(pushed?.dropped).toBe(index === 3 ? 1 : 0);
      numbers.push(pushed?.number ?? 0);
    }
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(4);
    expect(await listed(two, 'u}')).toEqual(['b', 'c', 'd']);
    expect((await one.mailbox.list('u}')).map(({ number }) => number)).toEqual(numbers.slice(1));
    expect((await one.mailbox.push('u}', mail('e', 99), BOX)).dropped).toBe(2);
    expect((await one.mailbox.push('u}', mail('f', 500), BOX)).dropped).toBe(2);
    expect(await listed(one, 'u}')).toEqual(['f']);
    expect(await listed(one, 'u')).toEqual([]);
    const all = Array.from({ length: 300 }, (_, at) =>
      (at % 2 === 0 ? one : two).mailbox.push('many', mail(`${at}`), {
        maxMessages: 999,
        maxBytes: 999,
      }),
    );
    const pushed = (await Promise.all(all)).map(({ number }) => number);
    expect(new Set(pushed).size).toBe(300);
    const inOrder = (await one.mailbox.list('many')).map(({ number }) => number);
    expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
  });

  it('takes out all of them or none: of two nodes one wins', async () => {
    const [one, two] = [await open(), await open()];
    const push = async (text: string) => (await one.mailbox.push('u', mail(text), BOX)).number;
    const [a, b] = [await push('a'), await push('b')];
    expect(await one.mailbox.remove('u', [a, b + 1])).toBe(false);
    expect(await one.mailbox.remove('v', [a])).toBe(false);
    for (const odd of [NaN, 1.5, -1, 2 ** 60, Infinity]) {
      expect(await one.mailbox.remove('u', [odd])).toBe(false);
    }
    expect(await one.mailbox.remove('u', [])).toBe(true);
    const results = await Promise.all(
      [one, two].map((node) => node.mailbox.remove('u', [b, a, b])),
    );
    expect(new Set(results)).toEqual(new Set([false, true]));
    expect(await listed(two)).toEqual([]);
    const next = await push('c');
    expect(next).toBeGreaterThan(b);
    await two.mailbox.clear('u');
    expect(await listed(one)).toEqual([]);
    expect(await push('d')).toBeGreaterThan(next);
    await server.command('FLUSHALL');
    expect(await push('e')).toBeGreaterThan(next);
  });

  it('forgets what has expired, and whole mailboxes with their last mail', async () => {
    const node = await open();
    const old = await node.mailbox.push('u', mail('a', 90, 30), BOX);
    await node.mailbox.push('v', mail('a', 90, 30), BOX);
    await node.mailbox.push('u', mail('b', 1, 400), BOX);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await listed(node)).toEqual(['b']);
    expect(await node.mailbox.remove('u', [old.number])).toBe(false);
    expect((await node.mailbox.push('u', mail('c', 90, 100), BOX)).dropped).toBe(0);
    expect(await listed(node)).toEqual(['b', 'c']);
    expect(await server.command('EXISTS', `nw:${app}:{u:v}:mail`)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 420));
    expect(
      await server.command('EXISTS', `nw:${app}:{u:u}:mail`, `nw:${app}:{u:u}:mail:bytes`),
    ).toBe(0);
  });

  it('goes by the clock of the server, whatever those of the nodes say', async () => {
    const [one, two] = [await open(), await open()];
    const real = Date.now;
    const at = async <Value>(skew: number, call: () => Promise<Value>): Promise<Value> => {
      Date.now = () => real() + skew;
      try {
        return await call();
      } finally {
        Date.now = real;
      }
    };
    const hour = 3_600_000;
    await at(-hour, () => one.mailbox.push('u', mail('behind'), BOX));
    await at(hour, () => one.mailbox.push('u', mail('ahead', 1, 60_000), BOX));
    const ttl = Number(await server.command('PTTL', `nw:${app}:{u:u}:mail`));
    expect(ttl).toBeGreaterThan(50_000);
    expect(ttl).toBeLessThanOrEqual(60_000);
    expect(await listed(two)).toEqual(['behind', 'ahead']);
    for (const skew of [-hour, hour]) {
      const mails = await at(skew, () => two.mailbox.list('u'));
      expect(mails).toHaveLength(2);
      for (const { expiresAt } of mails) {
        expect(expiresAt - skew - real()).toBeGreaterThan(50_000);
        expect(expiresAt - skew - real()).toBeLessThanOrEqual(60_000);
      }
    }
  });

  it("names the key that is somebody else's", async () => {
    const node = await open();
    const key = `nw:${app}:{u:u}:mail`;
    await server.command('SET', key, 'x');
    for (const attempt of [
      () => node.mailbox.push('u', mail('a'), BOX),
      () => node.mailbox.list('u'),
      () => node.mailbox.remove('u', [1]),
      () => node.mailbox.clear('u'),
    ]) {
      await expect(attempt()).rejects.toThrow(BrokerUnavailable);
      await expect(attempt()).rejects.toThrow(`under key ${key}: WRONGTYPE`);
    }
    await node.mailbox.push('v', mail('a'), BOX);
    await server.command('XADD', `nw:${app}:{u:v}:mail`, '*', 'theirs', 'x');
    expect(await listed(node, 'v')).toEqual(['a']);
  });
});
