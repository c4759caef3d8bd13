// A state and the log behind it, of a real server: nothing is missing, and nothing is there twice.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  connect,
  connectLean,
  follow,
  type Client,
  type ClientOptions,
  type Followed,
} from 'nestwire/client';
import { closeApps, startApp, type AppOptions } from '../e2e/support/app.js';
import { BoardGateway, type BoardContract, type Snapshot } from './support/board-gateway.js';
import { FlakyProxy } from './support/flaky-proxy.js';
import { seeded } from './support/random.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
  await closeApps();
});

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 3_000; turn += 1) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error(`It never came to this: ${what}`);
}

async function serve(options: AppOptions['options'] = {}) {
  const { app, url, port } = await startApp({ providers: [BoardGateway], options });
  return { app, url, port, gateway: app.get(BoardGateway) };
}

interface Page {
  readonly client: Client<BoardContract>;
  readonly followed: Followed;
  /** What it shows. */
  numbers: number[];
  /** How often it began. */
  begun: number;
  readonly errors: unknown[];
}

function open(
  url: string,
  options: ClientOptions = {},
  ask: keyof BoardContract['calls'] = 'board',
): Page {
  const errors: unknown[] = [];
  const client = connect<BoardContract>(`${url}/board`, {
    backoff: { first: 2, most: 20 },
    connectTimeout: 1_000,
    onError: (error) => errors.push(error),
    ...options,
  });
  cleanups.push(() => client.close());
  const page: Omit<Page, 'followed'> = { client, numbers: [], begun: 0, errors };
  const followed = client.follow('board', {
    snapshot: () => client.call(ask) as Promise<Snapshot>,
    begin({ numbers }) {
      page.numbers = [...numbers];
      page.begun += 1;
    },
    apply: { added: (n) => void page.numbers.push(n) },
  });
  return Object.assign(page, { followed });
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);

// On a machine that has other things to do.
jest.setTimeout(60_000);

describe('a followed state', () => {
  it('begins with what there is, and goes on with what comes', async () => {
    const { url, gateway } = await serve();
    await gateway.add(1);
    await gateway.add(2);
    const page = open(url);
    expect(page.followed.live).toBe(false);
    await page.followed.ready;
    expect([page.numbers, page.followed.live]).toEqual([[1, 2], true]);
    await gateway.history.publish('board', 'unrelated', 0);
    await gateway.add(3);
    await until('it has come', () => page.numbers.length === 3);
    expect([page.numbers, page.begun]).toEqual([[1, 2, 3], 1]);
  });

  it('of nothing is one, too', async () => {
    const { url, gateway } = await serve();
    const page = open(url);
    await page.followed.ready;
    expect(page.numbers).toEqual([]);
    await gateway.add(1);
    await until('it has come', () => page.numbers.length === 1);
  });

  it.each<[string, (gateway: BoardGateway, add: () => Promise<void>) => void]>([
    ['while the room is entered', (gateway, add) => (gateway.onJoin = add)],
    ['between the room and the snapshot', (gateway, add) => (gateway.before = add)],
    ['between the snapshot and its answer', (gateway, add) => (gateway.between = add)],
    [
      'all the time',
      (gateway, add) => {
        gateway.onJoin = add;
        gateway.before = add;
        gateway.between = add;
      },
    ],
  ])('has what is added %s, once', async (_, when) => {
    const { url, gateway } = await serve();
    let n = 0;
    const add = async (): Promise<void> => {
      for (let each = 0; each < 3; each += 1) await gateway.add((n += 1));
    };
    await add();
    when(gateway, add);
    const page = open(url);
    await page.followed.ready;
    await add();
    await until('all of it has come', () => page.numbers.length >= n);
    expect([page.numbers, page.errors]).toEqual([upTo(n), []]);
  });

  it.each<[string, (gateway: BoardGateway, cut: () => unknown) => void]>([
    ['while the room is entered', (gateway, cut) => (gateway.onJoin = cut)],
    ['before the snapshot', (gateway, cut) => (gateway.before = cut)],
    ['between the snapshot and its answer', (gateway, cut) => (gateway.between = cut)],
  ])('is whole when the connection is lost %s', async (_, when) => {
    const { url, gateway } = await serve();
    let n = 0;
    const add = async (): Promise<void> => gateway.add((n += 1));
    await add();
    const page: { current?: Page } = {};
    let cuts = 0;
    when(gateway, async () => {
      await add();
      if (cuts >= 3) return;
      cuts += 1;
      page.current?.client.reconnect();
      await add();
    });
    page.current = open(url);
    const { followed } = page.current;
    await followed.ready;
    await add();
    await until('all of it has come', () => page.current?.numbers.length === n);
    expect(page.current.numbers).toEqual(upTo(n));
    expect(cuts).toBe(3);
    // Recovered from the history: no other snapshot is needed.
    const { begun } = page.current;
    page.current.client.reconnect();
    await add();
    await until('the rest has come', () => page.current?.numbers.length === n);
    expect([page.current.numbers, page.current.begun]).toEqual([upTo(n), begun]);
  });

  it('begins anew when the history cannot tell what was missed', async () => {
    const { url, gateway } = await serve({ history: { maxMessages: 5 } });
    const page = open(url);
    await page.followed.ready;
    const lives: boolean[] = [];
    page.followed.onLive((live) => lives.push(live));
    await gateway.add(1);
    await until('it has come', () => page.numbers.length === 1);
    page.client.close();
    for (let n = 2; n <= 20; n += 1) await gateway.add(n);
    page.client.connect();
    await until('it is whole', () => page.numbers.length === 20);
    expect([page.numbers, page.begun, lives]).toEqual([upTo(20), 2, [false, true]]);
    // The history is gone, as after a restart.
    await gateway.history.clear('board');
    gateway.at = await gateway.history.position('board');
    page.client.reconnect();
    await until('it has begun once more', () => page.begun === 3);
    await gateway.add(21);
    await until('it goes on', () => page.numbers.length === 21);
    expect([page.numbers, page.errors]).toEqual([upTo(21), []]);
  });

  it('begins anew when the application has left the room meanwhile', async () => {
    const { url, gateway } = await serve();
    const page = open(url);
    await page.followed.ready;
    const room = page.client.room('board');
    await room.leave();
    for (const n of [1, 2]) await gateway.add(n);
    await room.join();
    await gateway.add(3);
    await until('it is whole', () => page.numbers.length === 3);
    expect([page.numbers, page.begun, page.errors]).toEqual([[1, 2, 3], 2, []]);
  });

  it('waits for a snapshot that is behind the room', async () => {
    const { url, gateway } = await serve();
    await gateway.add(1);
    await gateway.add(2);
    const page = open(url, {}, 'lagging');
    await page.followed.ready;
    expect(page.numbers).toEqual([1, 2]);
    expect(gateway.asked).toBe(3);
  });

  it('is the same for a room that was entered before, and for two that follow it', async () => {
    const { url, gateway } = await serve();
    await gateway.add(1);
    const page = open(url);
    await page.followed.ready;
    const second: number[] = [];
    const also = page.client.follow('board', {
      snapshot: () => page.client.call('board'),
      begin: ({ numbers }) => void second.push(...numbers),
      apply: { added: (n) => void second.push(n) },
    });
    gateway.between = () => gateway.add(2);
    await also.ready;
    gateway.between = () => {};
    await gateway.add(3);
    await until('both have it', () => second.length >= 3 && page.numbers.length >= 3);
    expect([page.numbers, second]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    also.stop();
    await gateway.add(4);
    await until('the first has it', () => page.numbers.length === 4);
    expect(second).toHaveLength(3);
  });

  it('is whole through a network that cuts again and again, and a history that forgets', async () => {
    const { port, gateway } = await serve({ history: { maxMessages: 30 } });
    const proxy = await FlakyProxy.start(port, seeded(11));
    cleanups.push(() => proxy.stop());
    const random = seeded(12);
    const page = open(`ws://127.0.0.1:${proxy.port}`, { pingInterval: 100, pingTimeout: 200 });
    let n = 0;
    const bad: string[] = [];
    while (proxy.count < 25) {
      const burst = random() < 0.05 ? 40 : 1;
      for (let each = 0; each < burst; each += 1) await gateway.add((n += 1));
      if (random() < 0.02) {
        await gateway.history.clear('board');
        gateway.at = await gateway.history.position('board');
      }
      // Whatever it shows, it is one of the states there were.
      const { numbers } = page;
      if (numbers.some((shown, at) => shown !== at + 1)) bad.push(numbers.join(' '));
      await sleep(random() * 8);
    }
    proxy.calm();
    await gateway.add((n += 1));
    await until('it has caught up', () => page.numbers.length === n);
    expect(page.numbers).toEqual(upTo(n));
    expect(bad).toEqual([]);
    expect(page.errors).toEqual([]);
    expect(page.begun).toBeGreaterThan(1);
  });

  it('that is refused says so once, and to whoever waits', async () => {
    const { url, gateway } = await serve();
    gateway.lets = false;
    const page = open(url);
    await expect(page.followed.ready).rejects.toMatchObject({ code: 'FORBIDDEN' });
    gateway.lets = true;
    const unplaced = open(url, {}, 'unplaced');
    await expect(unplaced.followed.ready).rejects.toMatchObject({ code: 'BAD_ANSWER' });
    const unknown = open(url, {}, 'none' as never);
    await expect(unknown.followed.ready).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
    expect([page, unplaced, unknown].map(({ errors }) => errors.length)).toEqual([1, 1, 1]);
    expect(unknown.followed.live).toBe(false);
  });

  it('ends when the room does not let it in again, and is not live any more', async () => {
    const { url, gateway } = await serve();
    const page = open(url);
    await page.followed.ready;
    const lives: boolean[] = [];
    page.followed.onLive((live) => lives.push(live));
    gateway.lets = false;
    page.client.reconnect();
    await until('it has ended', () => lives.length > 0);
    expect([lives, page.followed.live]).toEqual([[false], false]);
    expect(page.errors).toMatchObject([{ code: 'FORBIDDEN' }]);
    gateway.lets = true;
    await page.client.room('board').join();
    await gateway.add(1);
    await page.client.call('board');
    expect([page.numbers, page.begun]).toEqual([[], 1]);
  });

  it('fails where its own functions do at the beginning; later what one throws is reported', async () => {
    const { url, gateway } = await serve();
    const errors: unknown[] = [];
    const client = connectLean<BoardContract>(`${url}/board`, {
      onError: (error) => errors.push(error),
    });
    cleanups.push(() => client.close());
    const failing = follow(client, 'board', {
      snapshot: () => client.call('board'),
      begin() {
        throw new Error('no');
      },
      apply: {},
    });
    await expect(failing.ready).rejects.toThrow('no');
    const shown: number[] = [];
    const going = follow(client, 'board', {
      snapshot: () => client.call('board'),
      begin() {},
      apply: {
        added(n) {
          shown.push(n);
          if (n === 1) throw new Error('not this one');
        },
      },
    });
    await going.ready;
    await gateway.add(1);
    await gateway.add(2);
    await until('both were shown', () => shown.length === 2);
    expect(errors).toMatchObject([{ message: 'no' }, { message: 'not this one' }]);
  });

  it('that is stopped applies nothing more, and whoever waits is told', async () => {
    const { url, gateway } = await serve();
    const page = open(url);
    page.followed.stop();
    page.followed.stop();
    await expect(page.followed.ready).rejects.toMatchObject({ code: 'ABORTED' });
    await gateway.add(1);
    await page.client.call('board');
    expect([page.numbers, page.errors, page.begun]).toEqual([[], [], 0]);
  });

  it('ends with a client that is closed before it was whole', async () => {
    const { url } = await serve();
    const page = open(url);
    page.client.close();
    await expect(page.followed.ready).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it.each([
    { snapshot: 'board', begin() {}, apply: {} },
    { snapshot() {}, begin: 5, apply: {} },
    { snapshot() {}, begin() {}, apply: null },
    { snapshot() {}, begin() {} },
  ])('takes no options %j', async (options) => {
    const client = connect('ws://127.0.0.1:9', { autoConnect: false });
    expect(() => client.follow('board', options as never)).toThrow(TypeError);
  });
});
