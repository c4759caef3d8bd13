// Mail of real servers: handled once in all tabs, acknowledged after its handler, and found again otherwise.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { connect, onMail, connectLean, type Client } from 'nestwire/client';
import { Mailbox, memoryBroker, MemoryBrokerServer } from 'nestwire';
import { WebSocket } from 'nestwire/engine';
import { MemoryLocks } from '../../libs/client/src/testing-fixtures/memory-locks.js';
import { SlowMailboxStore } from '../../libs/hub/src/testing-fixtures/slow-stores.js';
import { closeApps, startApp, type AppOptions } from '../e2e/support/app.js';
import { FlakyProxy } from './support/flaky-proxy.js';
import { MailGateway, type MailContract } from './support/mail-gateway.js';
import { seeded } from './support/random.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
  await closeApps();
});

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 3_000; turn += 1) {
    if (await holds()) return;
    await sleep(10);
  }
  throw new Error(`It never came to this: ${what}`);
}

async function post(options: AppOptions['options'] = {}) {
  const { app, url, port } = await startApp({ providers: [MailGateway], options });
  const mailbox = app.get<Mailbox<MailContract>>(Mailbox);
  const isEmpty = async (): Promise<boolean> => (await mailbox.waiting('ada')).length === 0;
  return { app, url, port, mailbox, isEmpty };
}

const KEPT = { acknowledge: true };

function tab(url: string, onErrors: (error: unknown) => void = () => {}): Client<MailContract> {
  const client = connect<MailContract>(`${url}/mail`, {
    query: { user: 'ada' },
    backoff: { first: 4, most: 30 },
    connectTimeout: 1_000,
    pingInterval: 100,
    pingTimeout: 200,
    onError: onErrors,
  });
  cleanups.push(() => client.close());
  return client;
}

// On a machine that has other things to do.
jest.setTimeout(60_000);

describe('mail of a real server', () => {
  it.each<[string, AppOptions['options']]>([
    ['in memory', {}],
    ['in a store that has to be waited for', { mailbox: { store: new SlowMailboxStore() } }],
  ])(
    '%s is handled once by the tabs of a browser, in order, and is gone then',
    async (_, given) => {
      const { url, mailbox, isEmpty } = await post(given);
      for (const n of [1, 2, 3]) await mailbox.send('ada', 'note', n, KEPT);
      const locks = new MemoryLocks();
      const handled: number[] = [];
      const tabs = [tab(url), tab(url)];
      for (const one of tabs) {
        one.onMail(
          'note',
          async (n) => {
            await sleep(1);
            handled.push(n);
          },
          { locks },
        );
      }
      await until('what waited is handled', isEmpty);
      for (const n of [4, 5]) await mailbox.send('ada', 'note', n, KEPT);
      await until('what came is handled', isEmpty);
      tabs[0]?.close();
      await mailbox.send('ada', 'note', 6, KEPT);
      await until('the other tab goes on', isEmpty);
      expect(handled).toEqual([1, 2, 3, 4, 5, 6]);
    },
  );

  it('stays there when the handler fails, and is offered again on the next connection', async () => {
    const { url, mailbox, isEmpty } = await post();
    const errors: unknown[] = [];
    const client = tab(url, (error) => errors.push(error));
    let works = false;
    const handled: number[] = [];
    client.onMail(
      'bill',
      ({ cents }) => {
        if (!works) throw new Error('no');
        handled.push(cents);
      },
      { attempts: 1, locks: false },
    );
    await mailbox.send('ada', 'bill', { cents: 5 }, KEPT);
    await until('it has failed', () => errors.length === 1);
    expect(await isEmpty()).toBe(false);
    works = true;
    client.reconnect();
    await until('it is handled', isEmpty);
    expect(handled).toEqual([5]);
  });

  it('is fetched by a handler that comes late', async () => {
    const { url, mailbox, isEmpty } = await post();
    for (let n = 0; n < 60; n += 1) await mailbox.send('ada', 'note', n, KEPT);
    const client = connectLean<MailContract>(`${url}/mail`, { query: { user: 'ada' } });
    cleanups.push(() => client.close());
    await client.opened();
    await client.call('$mail' as never, { most: 0 } as never);
    const handled: number[] = [];
    onMail(client, 'note', (n) => void handled.push(n));
    await until('all of it is handled', isEmpty);
    expect(handled).toEqual(Array.from({ length: 60 }, (_, at) => at));
  });

  it('of a server that was started again is not taken for what was seen before', async () => {
    const before = await post();
    let { url } = before;
    class Redirected extends WebSocket {
      constructor(_: string, protocols: string[]) {
        super(`${url}/mail?user=ada`, protocols);
      }
    }
    const handled: number[] = [];
    const client = connect<MailContract>(`${url}/mail`, {
      WebSocket: Redirected,
      backoff: { first: 4, most: 30 },
      connectTimeout: 1_000,
    });
    cleanups.push(() => client.close());
    client.onMail('note', (n) => void handled.push(n), { locks: false });
    for (const n of [1, 2]) await before.mailbox.send('ada', 'note', n, KEPT);
    await until('both are handled', before.isEmpty);
    const after = await post();
    ({ url } = after);
    await before.app.close();
    for (const n of [3, 4]) await after.mailbox.send('ada', 'note', n, KEPT);
    await until('those of the new one are handled', after.isEmpty);
    expect(handled).toEqual([1, 2, 3, 4]);
  });

  it('is handled once by tabs on two nodes, whichever of them it was sent at', async () => {
    const server = new MemoryBrokerServer();
    const nodes = await Promise.all([0, 1].map(() => post({ broker: memoryBroker(server) })));
    const locks = new MemoryLocks();
    const handled: number[] = [];
    const clients = nodes.map(({ url }) => {
      // One address for all nodes, as behind a balancer.
      class Balanced extends WebSocket {
        constructor(_: string, protocols: string[]) {
          super(`${url}/mail?user=ada`, protocols);
        }
      }
      const client = connect<MailContract>('ws://balanced/mail', { WebSocket: Balanced });
      cleanups.push(() => client.close());
      client.onMail(
        'note',
        async (n) => {
          await sleep(n % 3);
          handled.push(n);
        },
        { locks },
      );
      return client;
    });
    await Promise.all(clients.map((client) => client.opened()));
    for (let n = 0; n < 30; n += 1) {
      if (n === 15) clients[0]?.reconnect();
      await nodes[n % 2]?.mailbox.send('ada', 'note', n, KEPT);
    }
    await until('all of it is handled', () => nodes[0]?.isEmpty() ?? false);
    expect(handled.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, at) => at));
  });

  it('is handled once while the tabs lose their connections again and again', async () => {
    const { port, mailbox, isEmpty } = await post({ mailbox: { maxMessages: 1_000 } });
    const locks = new MemoryLocks();
    const handled: number[] = [];
    const proxy = await FlakyProxy.start(port, seeded(7));
    cleanups.push(() => proxy.stop());
    for (const client of [0, 1].map(() => tab(`ws://127.0.0.1:${proxy.port}`))) {
      client.onMail(
        'note',
        async (n) => {
          await sleep(n % 3);
          handled.push(n);
        },
        { locks },
      );
    }
    const all = Array.from({ length: 150 }, (_, at) => at);
    for (const n of all) {
      await mailbox.send('ada', 'note', n, KEPT);
      await sleep(n % 7);
    }
    const cuts = proxy.count;
    proxy.calm();
    await until('all of it is handled', isEmpty);
    expect([...new Set(handled)].sort((a, b) => a - b)).toEqual(all);
    expect(cuts).toBeGreaterThan(4);
    // A tab that comes back knows what it has handled.
    expect(handled).toHaveLength(all.length);
  });

  it('that asks for nothing is heard by each tab, and one gets what waited', async () => {
    const { url, mailbox } = await post();
    await mailbox.send('ada', 'note', 1);
    const handled: string[] = [];
    const tabs = ['a', 'b'].map((name) => {
      const client = tab(url);
      client.onMail('note', (n, { mail }) => void handled.push(`${name} ${n} ${mail}`), {
        locks: new MemoryLocks(),
      });
      return client;
    });
    await Promise.all(tabs.map((client) => client.opened()));
    await until('it was handed out', async () => (await mailbox.waiting('ada')).length === 0);
    await mailbox.send('ada', 'note', 2);
    await until('both have heard', () => handled.length === 3);
    expect(handled.filter((one) => one.includes(' 2 ')).sort()).toEqual([
      'a 2 undefined',
      'b 2 undefined',
    ]);
  });
});
