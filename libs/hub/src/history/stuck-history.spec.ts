import type { HistoryBounds } from '../broker/broker-history.js';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { deferred, type Deferred } from '../testing-fixtures/deferred.js';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import { roomHandlers } from '../commands/room-access.js';
import { WireError } from '../wire/wire-error.js';
import type { Appended, HistoryPage, HistoryStore, NewMessage } from './history-store.js';
import { MemoryHistoryStore } from './memory-history-store.js';

/** A store that keeps at once and answers when a test says so, or never. */
class StuckStore implements HistoryStore {
  readonly memory = new MemoryHistoryStore();
  readonly appends: Deferred[] = [];
  stuckReads = false;
  stuckAppends = false;

  async append(room: string, message: NewMessage, bounds: HistoryBounds): Promise<Appended> {
    const appended = this.memory.append(room, message, bounds);
    if (this.stuckAppends) {
      const answer = deferred();
      this.appends.push(answer);
      await answer.promise;
    }
    return appended;
  }

  read(room: string, after: number): Promise<HistoryPage> {
    if (this.stuckReads) return new Promise(() => {});
    return Promise.resolve(this.memory.read(room, after));
  }

  clear(room: string): void {
    this.memory.clear(room);
  }

  close(): void {
    this.memory.close();
  }
}

function stuck() {
  const store = new StuckStore();
  const served = serve({}, {}, { history: { store } });
  return { ...served, ...served.connect(), store, history: served.hub.history };
}

afterEach(() => void jest.useRealTimers());

describe('a join for which the store does not answer', () => {
  it.each(['reads', 'appends'])(
    'is over after 10 seconds, and may be tried again (%s)',
    async (what) => {
      const { hub, history, store, connection, transport } = stuck();
      store.stuckReads = what === 'reads';
      store.stuckAppends = what === 'appends';
      jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
      if (what === 'appends') void history.publish('lobby', 'said', 0);
      const joined = history.join(connection, 'lobby').catch((error: unknown) => error);
      await jest.advanceTimersByTimeAsync(25_000);
      expect(await joined).toMatchObject({ code: 'TIMEOUT' });
      expect(hub.rooms.names()).toEqual([]);
      store.stuckReads = false;
      store.stuckAppends = false;
      for (const answer of store.appends) answer.resolve();
      await turn();
      await history.join(connection, 'lobby');
      await history.publish('lobby', 'said', 1);
      expect(transport.heard.map(({ event }) => event)).toEqual(['$joined', 'said']);
    },
  );

  it('changes nothing later once its client was told TIMEOUT', async () => {
    const { hub, store, connection, transport } = stuck();
    store.stuckReads = true;
    const [join] = roomHandlers({ canJoin: () => true }, hub);
    const timeout = new AbortController();
    const message = { event: '$join', data: { room: 'lobby' } };
    const joined = join?.handle(connection, message.data, message, timeout.signal);
    await turn();
    timeout.abort(new WireError('TIMEOUT', 'too late'));
    await expect(joined).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(hub.rooms.names()).toEqual([]);
    expect(transport.heard).toEqual([]);
    store.stuckReads = false;
    await hub.history.join(connection, 'lobby');
    expect(hub.rooms.has(connection, 'lobby')).toBe(true);
  });

  it('leaves whoever was a member one, with all that was said meanwhile', async () => {
    const { hub, history, store, connection, transport } = stuck();
    hub.rooms.join(connection, 'lobby');
    store.stuckReads = true;
    const { signal } = new AbortController();
    const gone = AbortSignal.any([signal, AbortSignal.timeout(10)]);
    const joined = history.join(connection, 'lobby', { signal: gone });
    await history.publish('lobby', 'said', 1);
    expect(transport.heard).toEqual([]);
    await expect(joined).rejects.toMatchObject({ name: 'TimeoutError' });
    await history.publish('lobby', 'said', 2);
    expect(transport.heard.map(({ data }) => data)).toEqual([1, 2]);
  });

  it('lets no more be held back than a send queue takes, in bytes', async () => {
    const { history, store, connection, transport } = stuck();
    store.stuckReads = true;
    const joined = history.join(connection, 'lobby', { signal: AbortSignal.timeout(50) });
    for (let n = 0; n < 3; n++) await history.publish('lobby', 'said', 'x'.repeat(400 * 1024));
    expect(transport.closes).toEqual([{ code: 1013, reason: 'Recovery takes too long' }]);
    await joined.catch(() => {});
  });
});

describe('publications for which the store does not answer', () => {
  it('fail after 20 seconds, and those behind them are delivered', async () => {
    const { hub, history, store, connection, transport } = stuck();
    hub.rooms.join(connection, 'lobby');
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    store.stuckAppends = true;
    const failed = expect(history.publish('lobby', 'said', 1)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    store.stuckAppends = false;
    const next = history.publish('lobby', 'said', 2);
    await jest.advanceTimersByTimeAsync(21_000);
    await failed;
    await next;
    expect(transport.heard.map(({ data }) => data)).toEqual([2]);
  });

  it('are not the only ones that end: so does what an application asks', async () => {
    const { history, store } = stuck();
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    store.stuckReads = true;
    const failed = [history.latest('lobby'), history.position('lobby')].map((asked) =>
      expect(asked).rejects.toMatchObject({ code: 'TIMEOUT' }),
    );
    await jest.advanceTimersByTimeAsync(11_000);
    await Promise.all(failed);
  });

  it('are given to it without waiting, and delivered in the order of the calls', async () => {
    const { hub, history, store, connection, transport } = stuck();
    hub.rooms.join(connection, 'lobby');
    store.stuckAppends = true;
    const all = [1, 2, 3].map((n) => history.publish('lobby', 'said', n));
    expect(store.appends).toHaveLength(3);
    for (const answer of store.appends.toReversed()) {
      answer.resolve();
      await turn();
    }
    expect((await Promise.all(all)).map(({ offset }) => offset)).toEqual([1, 2, 3]);
    expect(transport.heard.map(({ data }) => data)).toEqual([1, 2, 3]);
  });

  it('are refused when too many bytes of them wait, of all rooms, and taken again later', async () => {
    const { history, store } = stuck();
    store.stuckAppends = true;
    const said = 'x'.repeat(256 * 1024);
    const results = Array.from({ length: 100 }, (_, n) =>
      history.publish(`room ${n}`, 'said', said).then(
        () => 'kept',
        (error: unknown) => (error as { code: string }).code,
      ),
    );
    expect(store.appends.length).toBeLessThan(70);
    store.stuckAppends = false;
    for (const answer of store.appends) answer.resolve();
    const codes = await Promise.all(results);
    expect(codes.filter((code) => code === 'kept')).toHaveLength(store.appends.length);
    expect(codes.at(-1)).toBe('WS_ERR_HISTORY_BUSY');
    expect(await history.publish('lobby', 'said', said)).toMatchObject({ offset: 1 });
  });
});
