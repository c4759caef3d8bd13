import { describe, expect, it } from '@jest/globals';
import { deferred } from '../testing-fixtures/deferred.js';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import type { FakeTransport } from '../testing-fixtures/fake-transport.js';
import { SlowHistoryStore } from '../testing-fixtures/slow-stores.js';

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
