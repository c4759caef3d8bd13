// What becomes of a node when Redis, or the way to it, fails.
import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { redisBroker } from 'nestwire/redis';
import { BrokerUnavailable, type LogNews } from '#hub';
import { BrokerNode } from '../support/broker-node.js';
import { freshApp, openNode, type ClientName } from '../support/redis-clients.js';
import { RedisServer } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const BOUNDS = { maxMessages: 10_000, maxBytes: 64 * 1024 * 1024, maxAge: 60_000 };
const BOTH: ClientName[] = ['url', 'ioredis'];
let app = freshApp();
let server: RedisServer;
const servers: RedisServer[] = [];
const nodes: BrokerNode[] = [];
const proxies: TcpProxy[] = [];
const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
process.on('unhandledRejection', note);
process.on('uncaughtException', note);

beforeEach(async () => {
  app = freshApp();
  server = await another();
});
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
  for (const proxy of proxies.splice(0)) await proxy.stop();
  for (const one of servers.splice(0)) {
    one.resume();
    await one.stop();
  }
  await pause(20);
  expect(unhandled).toEqual([]);
});
afterAll(() => {
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
});

async function another(...args: string[]): Promise<RedisServer> {
  const one = await RedisServer.start({ args });
  servers.push(one);
  return one;
}

async function open(url = server.url, client: ClientName = 'url'): Promise<BrokerNode> {
  const node = await openNode(url, app, client);
  nodes.push(node);
  return node;
}

async function proxied(...ports: number[]): Promise<TcpProxy> {
  const one = await TcpProxy.to(...ports);
  proxies.push(one);
  return one;
}

const urlOf = ({ port }: TcpProxy): string => `redis://127.0.0.1:${port}`;
const append = (node: BrokerNode, room: string, text: string) =>
  node.history.append(room, Buffer.from(text), BOUNDS);
const textOf = ({ body }: { body: Uint8Array }) => Buffer.from(body).toString();

/** What became of a promise, and how long it took. */
async function fate(promise: Promise<unknown>) {
  const start = performance.now();
  const result = await promise.then(
    () => 'done',
    (error: unknown) => error,
  );
  return { result, took: performance.now() - start };
}

/** All that a node may ask of a server. */
const requests = (node: BrokerNode): Promise<unknown>[] => [
  node.send([['a', 'x']]),
  node.send([['a', 'x']], true),
  node.session.subscribe(['r:new']),
  node.session.probe(),
  node.session.readLog(node.node, 0, { messages: 1, bytes: 1 })[Symbol.asyncIterator]().next(),
  append(node, 'x', 'late'),
  append(node, 'x', 'later'),
  node.history.read('x', 0, BOUNDS),
  node.history.ends(['x', 'y']),
  node.history.clear('y'),
  node.history.follow('z', () => {}),
  node.mailbox.push(
    'u',
    { body: Buffer.from('x'), expiresAt: Date.now() + 9_000, size: 1 },
    { maxMessages: 1, maxBytes: 9 },
  ),
  node.mailbox.list('u'),
  node.mailbox.remove('u', [1]),
  node.mailbox.clear('u'),
];

describe.each(BOTH)('by %s, a server', (client) => {
  it('that is stopped ends the session within 2 seconds, and everything with it', async () => {
    const node = await open(server.url, client);
    server.pause();
    const fates = await Promise.all(requests(node).map(fate));
    for (const { result, took } of fates) {
      expect(result).toBeInstanceOf(BrokerUnavailable);
      expect(took).toBeGreaterThan(1_500);
      expect(took).toBeLessThan(2_250);
    }
    expect(node.ends).toHaveLength(1);
    const opening = await fate(node.open());
    expect(opening.result).toBeInstanceOf(BrokerUnavailable);
    expect(opening.took).toBeLessThan(2_250);
    server.resume();
    expect(await node.reopen()).toBeLessThan(1_000);
    await node.session.probe();
    // What was rejected may have been done, in its order, and never after what came later.
    const { entries } = await node.history.read('x', 0, BOUNDS);
    expect(['', 'late', 'late,later']).toContain(entries.map(textOf).join());
  });

  it('that stands still for a second loses and doubles nothing', async () => {
    const node = await open(server.url, client);
    server.pause();
    const appends = Array.from({ length: 200 }, (_, index) => append(node, 'x', String(index)));
    await pause(1_000);
    server.resume();
    const news = await Promise.all(appends);
    expect(news.map(({ offset }) => offset)).toEqual(news.map((_, index) => index + 1));
    expect(node.ends).toEqual([]);
  });

  it('that is killed ends the session, and comes back empty with another epoch', async () => {
    const node = await open(server.url, client);
    const news: LogNews[] = [];
    await node.history.follow('x', (one) => news.push(one));
    const before = await append(node, 'x', 'a');
    const generation = node.session.generation;
    const waiting = requests(node).map(fate);
    await server.kill();
    for (const { result } of await Promise.all(waiting)) {
      expect(result === 'done' || result instanceof BrokerUnavailable).toBe(true);
    }
    await node.until(() => node.ends.length === 1);
    const atOnce = await fate(append(node, 'x', 'b'));
    expect(atOnce.result).toBeInstanceOf(BrokerUnavailable);
    expect(atOnce.took).toBeLessThan(50);
    await expect(node.open()).rejects.toThrow(BrokerUnavailable);
    await server.start();
    expect(await node.reopen()).toBeLessThan(500);
    expect(node.session.generation).not.toBe(generation);
    const page = await node.history.read('x', 1, BOUNDS);
    expect(page).toMatchObject({ offset: 0, entries: [] });
    expect(page.epoch).not.toBe(before.epoch);
    news.length = 0;
    await append(node, 'x', 'c');
    await node.until(() => news.length === 1);
    expect(news[0]).toMatchObject({ epoch: page.epoch, offset: 1 });
  });

  it('that ends connections at random loses, doubles and reorders no append', async () => {
    const writers = [await open(server.url, client), await open(server.url, client)];
    const rooms = ['p', 'q', 'r', 's'];
    const done: { room: string; text: string; news: LogNews }[] = [];
    const refusals: unknown[] = [];
    const stop = Date.now() + 4_000;
    const write = async (node: BrokerNode, who: number, room: string): Promise<void> => {
      for (let index = 0; Date.now() < stop; index++) {
        const text = `${who}-${index}`;
        const appending = append(node, room, text).then(
          (news) => void done.push({ room, text, news }),
          note2,
        );
        if (index % 16 !== 15) continue;
        await appending;
        // While there is no session they are refused at once: others need their turn as well.
        await pause(1);
      }
    };
    const note2 = (error: unknown): void => void refusals.push(error);
    const reopen = async (node: BrokerNode): Promise<void> => {
      for (let ends = 0; Date.now() < stop;) {
        await pause(5);
        if (node.ends.length === ends) continue;
        ends = node.ends.length;
        await node.reopen();
      }
    };
    const kill = async (): Promise<void> => {
      while (Date.now() < stop - 500) {
        await pause(400);
        await server.killClients(`nw:${app}:`, Math.random() < 0.5 ? 'normal' : 'pubsub');
      }
    };
    await Promise.all([
      kill(),
      ...writers.map(reopen),
      ...writers.flatMap((node, who) => rooms.map((room) => write(node, who, room))),
    ]);
    await pause(2_100);
    expect(Math.min(...writers.map(({ ends }) => ends.length))).toBeGreaterThan(2);
    expect(done.length).toBeGreaterThan(1_000);
    expect(refusals.filter((error) => !(error instanceof BrokerUnavailable))).toEqual([]);
    const [reader] = writers;
    for (const room of rooms) {
      const { entries = [], epoch } = (await reader?.history.read(room, 0, BOUNDS)) ?? {};
      const texts = entries.map(textOf);
      expect(new Set(texts).size).toBe(texts.length);
      const own = done.filter((one) => one.room === room);
      const byOffset = new Map(entries.map((entry) => [entry.offset, textOf(entry)]));
      const first = entries[0]?.offset ?? 0;
      const astray = own.filter(
        ({ text, news }) =>
          news.epoch !== epoch || (news.offset >= first && byOffset.get(news.offset) !== text),
      );
      expect(astray).toEqual([]);
      for (const who of [0, 1]) {
        const order = texts
          .filter((text) => text.startsWith(`${who}-`))
          .map((text) => +text.slice(2));
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }
    }
    process.stderr.write(
      `${client}: ${done.length} appends, ${refusals.length} refused, ${writers.map(({ ends }) => ends.length).join('+')} sessions ended\n`,
    );
  });

  it('becoming a replica is found out by the probe, and is new after another has served', async () => {
    const other = await another();
    const node = await open(server.url, client);
    const before = await append(node, 'x', 'a');
    const generation = node.session.generation;
    await server.command('REPLICAOF', '127.0.0.1', String(other.port));
    await node.send([['a', 'lost']]);
    await expect(node.session.probe()).rejects.toThrow(/READONLY/);
    await expect(node.send([['a', 'x']], true)).rejects.toThrow(BrokerUnavailable);
    await expect(append(node, 'x', 'b')).rejects.toThrow(/READONLY/);
    node.session.destroy();
    await expect(node.open()).rejects.toThrow('a master is needed');
    // Another node meanwhile works with the master.
    await open(other.url, client);
    for (let synced = ''; !synced.includes('master_link_status:up');) {
      await pause(50);
      synced = String(await server.command('INFO', 'replication'));
    }
    await server.command('REPLICAOF', 'NO', 'ONE');
    await node.open();
    expect(node.session.generation).not.toBe(generation);
    const page = await node.history.read('x', before.offset, BOUNDS);
    expect(page.epoch).not.toBe(before.epoch);
  });

  it('without memory carries messages, and says what it does not keep', async () => {
    const node = await open(server.url, client);
    await node.session.subscribe(['a']);
    await append(node, 'x', 'a');
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    await node.send(
      [
        ['a', '1'],
        ['a', '2'],
      ],
      true,
    );
    await node.until(() => node.messages.length === 2);
    expect(node.unloggedCount).toBe(2);
    expect(node.unloggedFor[0]?.message).toContain('OOM');
    await node.session.probe();
    const refused = await append(node, 'x', 'b').catch((error: Error) => error);
    expect(refused).toBeInstanceOf(BrokerUnavailable);
    expect((refused as Error).message).toMatch(new RegExp(`under nw:${app}:\\{r:x\\}: .*OOM`));
    expect((await node.history.read('x', 0, BOUNDS)).entries).toHaveLength(1);
    // A node that comes now, where nobody was before, can work as well.
    const late = new BrokerNode(redisBroker({ app: freshApp(), url: server.url }));
    nodes.push(late);
    await late.open();
    await late.session.probe();
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    expect((await append(node, 'x', 'c')).offset).toBe(2);
    expect(node.ends).toEqual([]);
  });

  it('behind a black hole is given up, and was never half there', async () => {
    const hole = await proxied(server.port);
    const node = await open(urlOf(hole), client);
    hole.hold();
    const { result, took } = await fate(node.session.probe());
    expect(result).toBeInstanceOf(BrokerUnavailable);
    expect(took).toBeLessThan(2_250);
    const opening = await fate(node.open());
    expect(opening.result).toBeInstanceOf(BrokerUnavailable);
    expect(opening.took).toBeLessThan(2_250);
    hole.release();
    await node.reopen();
    await node.session.probe();
    await pause(300);
    const clients = String(await server.command('CLIENT', 'LIST'));
    expect(clients.split('\n').filter((line) => line.includes(`nw:${app}:`))).toHaveLength(2);
  });

  it('that sends back no echo is given up', async () => {
    const hole = await proxied(server.port);
    const node = await open(urlOf(hole), client);
    const quiet = await open(server.url, client);
    await quiet.session.subscribe(['a']);
    // Whichever of the two it is: one of them hears no answers any more.
    for (const nth of [0, 1] as const) {
      hole.holdAnswers(nth);
      const { result, took } = await fate(node.session.probe());
      expect(result).toBeInstanceOf(BrokerUnavailable);
      expect(took).toBeLessThan(2_250);
      hole.release();
      await node.reopen();
    }
  });

  it('is not taken for one when there are two behind one name', async () => {
    const two = await proxied(server.port, (await another()).port);
    await expect(open(urlOf(two), client)).rejects.toThrow(
      'its two connections lead to two servers',
    );
  });

  it('that cuts off a slow subscriber ends its session', async () => {
    await server.command('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 2mb 1mb 1');
    const slowly = await proxied(server.port);
    const [node, sender] = [await open(urlOf(slowly), client), await open()];
    await node.session.subscribe(['a']);
    slowly.holdAnswers(0);
    slowly.holdAnswers(1);
    const text = 'x'.repeat(256 * 1024);
    for (let round = 0; round < 200; round++) await sender.send([['a', text]]);
    slowly.release();
    await node.until(() => node.ends.length === 1);
    expect(node.messages.length).toBeLessThan(200);
    await node.reopen();
    await node.session.probe();
  });
});

it('a server that cannot save is not used any longer', async () => {
  const node = await open();
  await server.command('CONFIG', 'SET', 'save', '3600 1');
  rmSync(server.folder, { recursive: true });
  await server.command('BGSAVE');
  await pause(200);
  await expect(node.session.probe()).rejects.toThrow(/MISCONF/);
  await expect(node.send([['a', 'x']], true)).rejects.toThrow(/MISCONF/);
  node.session.destroy();
  await expect(node.open()).rejects.toThrow(/MISCONF/);
});

it('a log stays within 16 MiB, and goes 2 minutes after its last entry', async () => {
  const node = await open();
  const message = Buffer.alloc(64 * 1024, 7);
  for (let seq = 1; seq <= 640; seq += 16) {
    const batch = Array.from({ length: 16 }, (_, at) => ({
      channel: 'r:x',
      message,
      seq: seq + at,
      copy: 0,
    }));
    await node.session.send(batch, true);
  }
  const key = `nw:${app}:log:${node.node}`;
  const length = Number(await server.command('XLEN', key));
  expect(length).toBeGreaterThan(240);
  expect(length).toBeLessThanOrEqual(260);
  const memory = Number(await server.command('MEMORY', 'USAGE', key, 'SAMPLES', '0'));
  expect(memory).toBeLessThan(24 * 1024 * 1024);
  const ttl = Number(await server.command('PTTL', key));
  expect(ttl).toBeGreaterThan(100_000);
  expect(ttl).toBeLessThanOrEqual(120_000);
  let read = 0;
  const all = { messages: 1e6, bytes: 1e9 };
  for await (const one of node.session.readLog(node.node, 0, all)) read += one.message.length;
  expect(read).toBe(length * message.length);
});
