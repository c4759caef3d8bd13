import { describe, expect, it } from '@jest/globals';
import { SendResult, UsageError } from '#engine';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import type { FakeTransport } from '../testing-fixtures/fake-transport.js';
import { SlowMailboxStore } from '../testing-fixtures/slow-stores.js';
import { deferred } from '../testing-fixtures/deferred.js';
import { EncodeError } from '../wire/encode-error.js';
import { WireError } from '../wire/wire-error.js';
import type { MailboxOptions } from './mailbox-options.js';
import type { MailboxStore } from './mailbox-store.js';
import { MemoryMailboxStore } from './memory-mailbox-store.js';

const post = (options: MailboxOptions = {}) => serve({}, {}, { mailbox: options });

const got = ({ heard }: FakeTransport): unknown[] => heard.map(({ data }) => data);
const numbers = ({ heard }: FakeTransport): number[] => heard.map(({ mail }) => mail as number);

async function slowly() {
  const { hub, connect } = post();
  await hub.mailbox.send('ada', 'note', 1);
  await hub.mailbox.send('ada', 'note', 2);
  const slow = connect();
  slow.transport.flushes = false;
  slow.transport.onSend = () => void (slow.transport.bufferedAmount = 100_000);
  slow.connection.user = 'ada';
  const tabs = [connect({ user: 'ada' }), connect({ user: 'ada' })];
  await turn();
  const catchUp = async (): Promise<void> => {
    for (let count = 0; count < 9; count++) {
      for (const { transport } of [slow, ...tabs]) transport.drain();
      await turn();
    }
  };
  return { hub, connect, slow, tabs, catchUp };
}

describe('mail to a user', () => {
  it('goes to every connection of who is there, and is not kept', async () => {
    const { hub, connect } = post();
    const tabs = [connect({ user: 'ada' }), connect({ user: 'ada' })];
    const bob = connect({ user: 'bob' });
    expect(await hub.mailbox.send('ada', 'note', 1)).toEqual({ delivered: 2, waiting: false });
    expect(tabs.map(({ transport }) => got(transport))).toEqual([[1], [1]]);
    expect(got(bob.transport)).toEqual([]);
    expect(await hub.mailbox.waiting('ada')).toEqual([]);
  });

  it('waits for who is away and comes in order on the next connect, once', async () => {
    const { hub, connect } = post();
    for (const n of [1, 2, 3]) {
      expect(await hub.mailbox.send('ada', 'note', n)).toEqual({ delivered: 0, waiting: true });
    }
    const { transport } = connect({ user: 'ada' });
    expect(transport.heard).toEqual([1, 2, 3].map((data) => ({ event: 'note', data })));
    await hub.mailbox.send('ada', 'note', 4);
    expect(got(transport)).toEqual([1, 2, 3, 4]);
    transport.end();
    expect(got(connect({ user: 'ada' }).transport)).toEqual([]);
    expect(hub.mailbox.stats).toEqual({ delivered: 4, queued: 3, acknowledged: 0, dropped: 0 });
  });

  it('comes after the connect hook and before anything live', async () => {
    const gate = deferred();
    const { hub, connect } = serve({}, { hooks: { connect: () => gate.promise } });
    await hub.mailbox.send('ada', 'note', 'before');
    const { transport } = connect({ user: 'ada' });
    // Not let in yet: the user counts as away.
    await hub.mailbox.send('ada', 'note', 'during');
    hub.broadcaster.toUser('ada').send('live', 'too early');
    expect(got(transport)).toEqual([]);
    gate.resolve();
    await turn();
    hub.broadcaster.toUser('ada').send('live', 'after');
    expect(got(transport)).toEqual(['before', 'during', 'after']);
  });

  it('comes when a user signs in on an open connection', async () => {
    const { hub, connect } = post();
    await hub.mailbox.send('ada', 'note', 1);
    const { connection, transport } = connect();
    expect(got(transport)).toEqual([]);
    connection.user = { id: 'ada' };
    expect(got(transport)).toEqual([1]);
  });

  it('names whose mail was lost to that of another', async () => {
    const dropped: unknown[] = [];
    const onDropped = (userId: string, messages: number): void =>
      void dropped.push([userId, messages]);
    const { hub } = post({ maxUsers: 1, maxMessages: 2, onDropped });
    for (const n of [1, 2]) await hub.mailbox.send('ada', 'note', n);
    for (const n of [1, 2, 3]) await hub.mailbox.send('bob', 'note', n);
    expect(dropped).toEqual([
      ['ada', 2],
      ['bob', 1],
    ]);
    expect(hub.mailbox.stats.dropped).toBe(3);
  });

  it('is bounded by count, bytes and time; the oldest goes and is counted', async () => {
    const dropped: unknown[] = [];
    const onDropped = (userId: string, messages: number): void =>
      void dropped.push([userId, messages]);
    const { hub } = post({ maxMessages: 2, maxBytes: 200, ttl: 60_000, onDropped });
    for (const n of [1, 2, 3]) await hub.mailbox.send('ada', 'note', n);
    expect((await hub.mailbox.waiting('ada')).map(({ data }) => data)).toEqual([2, 3]);
    await hub.mailbox.send('bob', 'note', 'x'.repeat(150));
    await hub.mailbox.send('bob', 'note', 'y'.repeat(150));
    expect(await hub.mailbox.waiting('bob')).toMatchObject([{ data: 'y'.repeat(150) }]);
    expect(dropped).toEqual([
      ['ada', 1],
      ['bob', 1],
    ]);
    expect(hub.mailbox.stats.dropped).toBe(2);
    await hub.mailbox.send('eve', 'note', 1, { ttl: 1 });
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    expect(await hub.mailbox.waiting('eve')).toEqual([]);
    await hub.mailbox.clear('ada');
    expect(await hub.mailbox.waiting('ada')).toEqual([]);
  });

  it('that cannot be handed over whole waits on, from the one that failed', async () => {
    const { hub, connect } = post();
    for (const n of [1, 2, 3]) await hub.mailbox.send('ada', 'note', n);
    const { connection, transport } = connect();
    let sent = 0;
    transport.onSend = () => {
      if (++sent === 2) transport.outcome = SendResult.Dropped;
    };
    connection.user = 'ada';
    expect(got(transport)).toEqual([1]);
    expect((await hub.mailbox.waiting('ada')).map(({ data }) => data)).toEqual([2, 3]);
  });

  it('waits for a client that reads slowly, and keeps its order behind what comes meanwhile', async () => {
    const { hub, connect } = post();
    for (const n of [1, 2, 3]) await hub.mailbox.send('ada', 'note', n);
    const { connection, transport } = connect();
    transport.flushes = false;
    transport.onSend = () => void (transport.bufferedAmount = 100_000);
    connection.user = 'ada';
    await turn();
    expect(got(transport)).toEqual([1]);
    await hub.mailbox.send('ada', 'note', 4);
    for (let count = 0; count < 4; count++) {
      transport.drain();
      await turn();
    }
    expect(got(transport)).toEqual([1, 2, 3, 4]);
    expect(await hub.mailbox.waiting('ada')).toEqual([]);
  });

  describe('while one client of the user reads slowly', () => {
    it.each<[string, object, number]>([
      ['is done with', {}, 0],
      ['waits for its acknowledgement', { acknowledge: true }, 1],
    ])('and leaves in the middle, what the others got %s', async (_, options, waiting) => {
      const { hub, connect } = post();
      const tab = connect({ user: 'ada' });
      await hub.mailbox.send('ada', 'note', 1, { acknowledge: true });
      const slow = connect();
      slow.transport.bufferedAmount = 100_000;
      slow.transport.flushes = false;
      slow.connection.user = 'ada';
      const sent = hub.mailbox.send('ada', 'note', 2, options);
      expect(got(tab.transport)).toEqual([1, 2]);
      expect(await sent).toEqual({ delivered: 1, waiting: true });
      slow.transport.end(1006, '', false);
      await turn();
      expect(got(tab.transport)).toEqual([1, 2]);
      expect(await hub.mailbox.waiting('ada')).toHaveLength(1 + waiting);
    });

    it('is told to that one in order, and to another that waits behind it', async () => {
      const { hub, connect } = post();
      const tab = connect({ user: 'ada' });
      await hub.mailbox.send('ada', 'note', 1, { acknowledge: true });
      const slow = [connect(), connect()];
      for (const { connection, transport } of slow) {
        transport.bufferedAmount = 100_000;
        transport.flushes = false;
        connection.user = 'ada';
      }
      await hub.mailbox.send('ada', 'note', 2);
      await hub.mailbox.send('ada', 'note', 3);
      for (const { transport } of slow) {
        await turn();
        transport.drain();
        await turn();
      }
      expect([tab, ...slow].map(({ transport }) => got(transport))).toEqual([
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3],
      ]);
      await turn();
      expect((await hub.mailbox.waiting('ada')).map(({ data }) => data)).toEqual([1]);
    });

    it('is not told to that one when it has become somebody else meanwhile', async () => {
      const { hub, slow, catchUp } = await slowly();
      slow.connection.user = 'bob';
      await hub.mailbox.send('bob', 'note', "bob's");
      await catchUp();
      expect(got(slow.transport)).toEqual([1, "bob's"]);
      expect(await hub.mailbox.waiting('bob')).toEqual([]);
    });
  });

  it.each(['', 'u'.repeat(257), 7, null])('is refused for the user id %j', async (userId) => {
    const { hub, reports } = post();
    await expect(hub.mailbox.send(userId as string, 'note')).rejects.toThrow(WireError);
    expect(reports).toHaveLength(1);
  });

  it('that cannot be encoded is refused and not kept', async () => {
    const { hub } = post();
    await expect(hub.mailbox.send('ada', 'note', 1n)).rejects.toThrow(EncodeError);
    expect(await hub.mailbox.waiting('ada')).toEqual([]);
  });

  it('has bounds that are positive integers', () => {
    expect(() => post({ maxMessages: 0 })).toThrow(UsageError);
    expect(() => post({ ttl: -1 })).toThrow('mailbox.ttl');
  });
});

describe('mail that asks for an acknowledgement', () => {
  it('is sent again on every connect until one client has acknowledged it', async () => {
    const { hub, connect } = post();
    await hub.mailbox.send('ada', 'note', 'a', { acknowledge: true });
    await hub.mailbox.send('ada', 'note', 'b', { acknowledge: true });
    const first = connect({ user: 'ada' });
    expect(first.transport.heard).toMatchObject([
      { event: 'note', data: 'a', mail: expect.any(Number) },
      { event: 'note', data: 'b', mail: expect.any(Number) },
    ]);
    first.transport.event('$ack', { mail: numbers(first.transport)[0] }, 1);
    await turn();
    expect(first.transport.heard.at(-1)).toEqual({ event: '$ack', id: 1 });
    first.transport.end();
    const second = connect({ user: 'ada' });
    expect(got(second.transport)).toEqual(['b']);
    second.transport.event('$ack', { mail: numbers(second.transport) });
    await turn();
    expect(await hub.mailbox.waiting('ada')).toEqual([]);
    expect(hub.mailbox.stats).toMatchObject({ acknowledged: 2, delivered: 3, queued: 2 });
  });

  it('is also kept while the user is there, until it is acknowledged', async () => {
    const { hub, connect } = post();
    const { transport } = connect({ user: 'ada' });
    const result = await hub.mailbox.send('ada', 'note', 1, { acknowledge: true });
    expect(result).toEqual({ delivered: 1, waiting: true });
    transport.event('$ack', { mail: numbers(transport)[0] });
    await turn();
    expect(await hub.mailbox.waiting('ada')).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['an unknown number', { mail: 999 }, 'NOT_FOUND'],
    ['one unknown among known ones', (known: number) => ({ mail: [known, 999] }), 'NOT_FOUND'],
    ['no number', {}, 'BAD_REQUEST'],
    ['nothing', undefined, 'BAD_REQUEST'],
    ['a string', { mail: '1' }, 'BAD_REQUEST'],
    ['an empty list', { mail: [] }, 'BAD_REQUEST'],
    ['a list of 1,001', { mail: Array.from({ length: 1_001 }, () => 1) }, 'BAD_REQUEST'],
    ['half a number', { mail: 0.5 }, 'BAD_REQUEST'],
  ])('stays as it is when %s is acknowledged: an exception frame', async (_, data, code) => {
    const { hub, connect } = post();
    const { transport } = connect({ user: 'ada' });
    await hub.mailbox.send('ada', 'note', 1, { acknowledge: true });
    const [known] = numbers(transport);
    transport.event('$ack', typeof data === 'function' ? data(known) : data, 7);
    await turn();
    expect(transport.heard.at(-1)).toMatchObject({ event: 'exception', id: 7, data: { code } });
    expect(await hub.mailbox.waiting('ada')).toHaveLength(1);
  });

  it('cannot be acknowledged by somebody else, or by nobody in particular', async () => {
    const { hub, connect } = post();
    await hub.mailbox.send('ada', 'note', 1, { acknowledge: true });
    const [mail] = await hub.mailbox.waiting('ada');
    for (const user of ['bob', undefined]) {
      const { transport } = connect({ user });
      transport.event('$ack', { mail: mail?.number }, 1);
      await turn();
      expect(transport.heard).toMatchObject([{ data: { code: 'NOT_FOUND' } }]);
    }
    expect(await hub.mailbox.waiting('ada')).toHaveLength(1);
  });
});

describe('a mailbox that has to be waited for', () => {
  it('loses and disorders nothing that comes while a user connects', async () => {
    const store = new SlowMailboxStore();
    const { hub, connect } = post({ store });
    await hub.mailbox.send('ada', 'note', 1);
    await hub.mailbox.send('ada', 'note', 2);
    const { transport } = connect({ user: 'ada' });
    const later = [3, 4].map((n) => hub.mailbox.send('ada', 'note', n));
    await Promise.all(later);
    for (let count = 0; count < 20; count++) await turn();
    await hub.mailbox.send('ada', 'note', 5);
    expect(got(transport)).toEqual([1, 2, 3, 4, 5]);
    expect(store.memory.size).toBe(0);
  });

  it('dispatches no message of the client before its mail was handed over', async () => {
    const order: string[] = [];
    const { hub, connect } = serve(
      { say: () => void order.push('handled') },
      {},
      { mailbox: { store: new SlowMailboxStore() } },
    );
    await hub.mailbox.send('ada', 'note', 1);
    const { transport } = connect({ user: 'ada' });
    transport.onSend = () => order.push('mail');
    transport.event('say');
    for (let count = 0; count < 5; count++) await turn();
    expect(order).toEqual(['mail', 'handled']);
  });

  it('goes to who is there when the client it was kept for leaves before it got it', async () => {
    const store = new SlowMailboxStore();
    const { hub, connect } = post({ store });
    const stays = connect({ user: 'ada' });
    for (let count = 0; count < 5; count++) await turn();
    const leaves = connect({ user: 'ada' });
    const sent = hub.mailbox.send('ada', 'note', 1);
    leaves.transport.end(1006, '', false);
    await sent;
    for (let count = 0; count < 20; count++) await turn();
    expect(got(stays.transport)).toEqual([1]);
    expect(store.memory.size).toBe(0);
  });
});

describe('mail that is being kept', () => {
  it('is not told to a connection whose user has signed out meanwhile', async () => {
    const { hub, connect } = post({ store: new SlowMailboxStore() });
    const { connection, transport } = connect({ user: 'ada' });
    for (let count = 0; count < 5; count++) await turn();
    const sent = hub.mailbox.send('ada', 'note', 1, { acknowledge: true });
    connection.user = undefined;
    expect(await sent).toEqual({ delivered: 0, waiting: true });
    expect(transport.heard).toEqual([]);
  });

  it('is told to a client that had got all its mail before', async () => {
    const store = new MemoryMailboxStore();
    const gate = deferred();
    const kept = deferred();
    const slow: MailboxStore = {
      push: async (...mail) => {
        await kept.promise;
        return store.push(...mail);
      },
      list: async (userId) => {
        const mails = store.list(userId);
        await gate.promise;
        return mails;
      },
      remove: (...mails) => store.remove(...mails),
      clear: (userId) => store.clear(userId),
      close: () => store.close(),
    };
    const { hub, connect } = post({ store: slow });
    const tabs = [connect({ user: 'ada' })];
    gate.resolve();
    await turn();
    const again = deferred();
    gate.promise = again.promise;
    tabs.push(connect({ user: 'ada' }));
    const sent = hub.mailbox.send('ada', 'note', 1);
    again.resolve();
    await turn();
    kept.resolve();
    await sent;
    await turn();
    expect(tabs.map(({ transport }) => got(transport))).toEqual([[1], [1]]);
    expect(store.size).toBe(0);
  });
});

describe('a mailbox that fails', () => {
  class BrokenStore extends MemoryMailboxStore {
    override list(): never {
      throw new Error('no such table');
    }
  }

  it.each<[string, (() => Promise<void>) | undefined]>([
    ['without a connect hook', undefined],
    ['with one that takes time', () => Promise.resolve()],
  ])('is reported and lets its user in all the same, %s', async (_, hook) => {
    const { hub, connect, reports } = serve(
      { say: () => 'heard' },
      hook === undefined ? {} : { hooks: { connect: hook } },
      { mailbox: { store: new BrokenStore() } },
    );
    const { transport, connection } = connect({ user: 'ada' });
    await turn();
    connection.user = { id: 'bob' };
    transport.event('say', undefined, 1);
    expect(transport.frames).toMatchObject([{ data: 'heard', id: 1 }]);
    expect(reports.map(({ error }) => String(error))).toEqual(
      ['ada', 'bob'].map(() => 'Error: no such table'),
    );
    transport.end();
    expect(hub.registry.size).toBe(0);
  });

  it('is asked once for each client, and reported once when it rejects', async () => {
    let asked = 0;
    class AwayStore extends SlowMailboxStore {
      override async list(): Promise<never> {
        asked++;
        throw new Error('away');
      }
    }
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listen);
    const { connect, reports } = serve({}, {}, { mailbox: { store: new AwayStore() } });
    connect({ user: 'ada' });
    await turn();
    await turn();
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
    expect(reports.map(({ error }) => String(error))).toEqual(['Error: away']);
    expect(asked).toBe(1);
  });

  it('is reported when it cannot take out what was delivered', async () => {
    class ForgetfulStore extends MemoryMailboxStore {
      override remove(): never {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as a store elsewhere fails
        return Promise.reject(new Error('gone away')) as never;
      }
    }
    const { hub, connect, reports } = serve({}, {}, { mailbox: { store: new ForgetfulStore() } });
    await hub.mailbox.send('ada', 'note', 1);
    expect(got(connect({ user: 'ada' }).transport)).toEqual([1]);
    await turn();
    expect(reports.map(({ error }) => String(error))).toEqual(['Error: gone away']);
  });
});
