import { describe, expect, it } from '@jest/globals';
import { deferred } from '../testing-fixtures/deferred.js';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import type { FakeTransport } from '../testing-fixtures/fake-transport.js';
import { SlowHistoryStore } from '../testing-fixtures/slow-stores.js';
import type { HistoryPage, HistoryStore } from './history-store.js';
import { MemoryHistoryStore } from './memory-history-store.js';

function room() {
  const store = new SlowHistoryStore();
  const served = serve({}, {}, { history: { store } });
  const { history } = served.hub;
  return {
    ...served,
    store,
    history,
    say: (text: unknown) => history.publish('lobby', 'said', text),
  };
}

const heard = ({ heard: frames }: FakeTransport): unknown[] =>
  frames.map(({ event, data }) => (event === 'said' ? data : event));

describe('a history that has to be waited for', () => {
  it('delivers nothing before it is kept, and one after another in the order of the calls', async () => {
    const { hub, connect, say } = room();
    const { connection, transport } = connect();
    hub.rooms.join(connection, 'lobby');
    const publications = [1, 2, 3].map((n) => say(n));
    expect(heard(transport)).toEqual([]);
    expect((await Promise.all(publications)).map(({ offset }) => offset)).toEqual([1, 2, 3]);
    expect(heard(transport)).toEqual([1, 2, 3]);
  });

  it('loses and repeats nothing that is published while somebody comes back', async () => {
    const { connect, history, say } = room();
    const { epoch } = await say(1);
    const { connection, transport } = connect();
    const joined = history.join(connection, 'lobby', { since: { epoch, offset: 0 } });
    const during = [2, 3].map((n) => say(n));
    await joined;
    await Promise.all(during);
    await say(4);
    expect(heard(transport)).toEqual(['$joined', 1, 2, 3, 4]);
  });

  it('changes nothing when it fails to read, or the position is forged', async () => {
    const { hub, store, connect, history, say } = room();
    const { epoch } = await say(1);
    const { connection, transport } = connect();
    store.failure = new Error('away');
    await expect(history.join(connection, 'lobby')).rejects.toThrow('away');
    await expect(
      history.join(connection, 'lobby', { since: { epoch, offset: 9 } }),
    ).rejects.toThrow('past the newest');
    expect(hub.rooms.names()).toEqual([]);
    expect(transport.heard).toEqual([]);
    hub.rooms.join(connection, 'lobby');
    await say(2);
    expect(heard(transport)).toEqual([2]);
  });

  it('leaves a member a member when coming back once more fails', async () => {
    const { hub, store, connect, history } = room();
    const { connection } = connect();
    await history.join(connection, 'lobby');
    store.failure = new Error('away');
    await expect(history.join(connection, 'lobby')).rejects.toThrow('away');
    expect(hub.rooms.has(connection, 'lobby')).toBe(true);
  });

  it('reports what it failed to keep, delivers it to nobody, and goes on', async () => {
    const { hub, store, connect, say, reports } = room();
    const { connection, transport } = connect();
    hub.rooms.join(connection, 'lobby');
    store.failure = new Error('away');
    void say('lost');
    await say('kept');
    expect(heard(transport)).toEqual(['kept']);
    expect(reports.map(({ error }) => String(error))).toEqual(['Error: away']);
  });

  it('forgets a client that has left while it was read', async () => {
    const { hub, connect, history, say } = room();
    const { connection, transport } = connect();
    const joined = history.join(connection, 'lobby');
    transport.end(1006, '', false);
    await joined;
    await turn();
    expect(hub.rooms.names()).toEqual([]);
    expect((await say(1)).sent).toBe(0);
  });

  it('closes a client for which more than 1,024 messages were held back', async () => {
    const { hub, connect, history, store } = room();
    const { connection, transport } = connect();
    const gate = deferred();
    const read = store.read.bind(store);
    store.read = async (...args) => {
      await gate.promise;
      return read(...args);
    };
    const joined = history.join(connection, 'lobby');
    const all = Array.from({ length: 1_025 }, (_, n) => history.publish('lobby', 'said', n));
    await Promise.all(all);
    expect(transport.closes).toEqual([{ code: 1013, reason: 'Recovery takes too long' }]);
    gate.resolve();
    await joined;
    expect(hub.rooms.names()).toEqual([]);
  });
});

/** A history that is read when a test says so, and written at once. */
class GatedHistoryStore extends MemoryHistoryStore implements HistoryStore {
  readonly reads: { pass: () => void; fail: (error: Error) => void }[] = [];
  /** Whether an answer has what is there when it comes, not when it was asked for. */
  late = false;

  // @ts-expect-error -- memory answers at once, this one does not
  override read(name: string, after: number): Promise<HistoryPage> {
    const page = super.read(name, after);
    const answer = deferred<HistoryPage>();
    const pass = (): void => answer.resolve(this.late ? super.read(name, after) : page);
    this.reads.push({ pass, fail: answer.reject });
    return answer.promise;
  }
}

function member() {
  const store = new GatedHistoryStore();
  const { hub, connect } = serve({}, {}, { history: { store } });
  const { connection, transport } = connect();
  hub.rooms.join(connection, 'lobby');
  const said = (): unknown[] =>
    transport.heard.map(({ event, at }) => (at as { offset: number } | undefined)?.offset ?? event);
  return { hub, store, connection, transport, history: hub.history, said };
}

describe('a member that comes back to a room it is in', () => {
  it('loses nothing that was published while its coming back failed', async () => {
    const { store, connection, history, said } = member();
    await history.publish('lobby', 'said', 1);
    const joined = history.join(connection, 'lobby');
    await history.publish('lobby', 'said', 2);
    store.reads[0]?.fail(new Error('away'));
    await expect(joined).rejects.toThrow('away');
    await history.publish('lobby', 'said', 3);
    expect(said()).toEqual([1, 2, 3]);
  });

  it('loses nothing that was published while its position was refused', async () => {
    const { store, connection, history, said } = member();
    const since = { epoch: 'another', offset: 1 };
    const joined = history.join(connection, 'lobby', { since, strict: true });
    await history.publish('lobby', 'said', 1);
    store.reads[0]?.pass();
    await expect(joined).rejects.toMatchObject({ code: 'UNKNOWN_EPOCH' });
    expect(said()).toEqual([1]);
  });

  it('twice at once is told about one after the other, each time without a gap', async () => {
    const { store, connection, history, said } = member();
    const { epoch } = await history.publish('lobby', 'said', 1);
    const since = { epoch, offset: 0 };
    const joins = [1, 2].map(() => history.join(connection, 'lobby', { since }));
    await history.publish('lobby', 'said', 2);
    store.reads.shift()?.pass();
    await joins[0];
    await history.publish('lobby', 'said', 3);
    while (store.reads.length > 0) store.reads.shift()?.pass();
    await joins[1];
    await history.publish('lobby', 'said', 4);
    expect(said()).toEqual([1, '$joined', 1, 2, '$joined', 1, 2, 3, 4]);
  });
});

describe('a newcomer that enters twice at once', () => {
  it('is in the room when one of the two fails, and misses nothing of it', async () => {
    const store = new GatedHistoryStore();
    const { hub, connect } = serve({}, {}, { history: { store } });
    const { connection, transport } = connect();
    const joins = [1, 2].map(() => hub.history.join(connection, 'lobby'));
    store.reads.shift()?.fail(new Error('away'));
    await expect(joins[0]).rejects.toThrow('away');
    await hub.history.publish('lobby', 'said', 1);
    while (store.reads.length > 0) store.reads.shift()?.pass();
    await joins[1];
    await hub.history.publish('lobby', 'said', 2);
    expect(hub.rooms.has(connection, 'lobby')).toBe(true);
    expect(heard(transport)).toEqual(['$joined', 1, 2]);
  });

  it('stays outside when it was taken out while its history was read', async () => {
    const store = new GatedHistoryStore();
    const { hub, connect } = serve({}, {}, { history: { store } });
    const { connection, transport } = connect();
    const joined = hub.history.join(connection, 'lobby');
    hub.rooms.leave(connection, 'lobby');
    store.reads.shift()?.pass();
    await expect(joined).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(hub.rooms.names()).toEqual([]);
    expect(transport.heard).toEqual([]);
  });
});

describe('a message that is kept while somebody comes back', () => {
  it.each(['later', 'at once'])('comes once where the history is read %s', async (when) => {
    const memory = new MemoryHistoryStore();
    const kept = deferred();
    const store: HistoryStore = {
      async append(name, message, bounds) {
        const appended = memory.append(name, message, bounds);
        await kept.promise;
        return appended;
      },
      read: (name, after) => {
        const page = memory.read(name, after);
        return when === 'later' ? Promise.resolve(page) : page;
      },
      clear: (name) => memory.clear(name),
      close: () => memory.close(),
    };
    const { hub, connect } = serve({}, {}, { history: { store } });
    const { connection, transport } = connect();
    const published = hub.history.publish('lobby', 'said', 1);
    const joined = hub.history.join(connection, 'lobby', { latest: 9 });
    await turn();
    kept.resolve();
    await Promise.all([published, joined]);
    expect(heard(transport)).toEqual(['$joined', 1]);
  });
});

describe('a room that is forgotten while somebody comes back', () => {
  it('goes on with its new history, of which nothing is lost', async () => {
    const store = new GatedHistoryStore();
    const { hub, connect } = serve({}, {}, { history: { store } });
    const { connection, transport } = connect();
    for (const n of [1, 2]) await hub.history.publish('lobby', 'said', n);
    const joined = hub.history.join(connection, 'lobby');
    await hub.history.publish('lobby', 'said', 3);
    await hub.history.clear('lobby');
    await hub.history.publish('lobby', 'said', 'anew');
    store.reads.shift()?.pass();
    await joined;
    expect(heard(transport)).toEqual(['$joined', 3, 'anew']);
  });

  it('repeats nothing of the history before the one it tells about', async () => {
    const store = new GatedHistoryStore();
    store.late = true;
    const { hub, connect } = serve({}, {}, { history: { store } });
    const { connection, transport } = connect();
    const joined = hub.history.join(connection, 'lobby', { latest: 9 });
    for (const n of [1, 2]) await hub.history.publish('lobby', 'said', n);
    await hub.history.clear('lobby');
    await hub.history.publish('lobby', 'said', 'first');
    store.reads.shift()?.pass();
    await hub.history.publish('lobby', 'said', 'second');
    await joined;
    expect(heard(transport)).toEqual(['$joined', 'first', 'second']);
  });
});
