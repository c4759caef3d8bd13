import { describe, expect, it } from '@jest/globals';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import { MemoryPresenceStore } from './memory-presence-store.js';

/** A store that other processes write to as well. */
class SharedStore extends MemoryPresenceStore {
  changed: (room: string, key: string) => void = () => {};
  reads = 0;

  watch(changed: (room: string, key: string) => void): void {
    this.changed = changed;
  }

  override get(room: string, key: string) {
    this.reads++;
    return super.get(room, key);
  }

  override list(room: string) {
    this.reads++;
    return super.list(room);
  }
}

async function shared() {
  const store = new SharedStore();
  const { hub, connect } = serve({}, {}, { presence: { store } });
  const ada = connect({ user: 'ada' });
  await hub.presence.track(ada.connection, 'lobby', 'Ada');
  await turn();
  ada.transport.heard.length = 0;
  return { store, hub, ada, connect };
}

describe('presence in a store that other processes write to', () => {
  it('is told to the members when the store says that it has changed', async () => {
    const { store, ada } = await shared();
    store.enter('lobby', 'bob', 'there', 'Bob');
    store.changed('lobby', 'bob');
    await turn();
    const joined = [{ key: 'bob', meta: 'Bob', connections: 1 }];
    expect(ada.transport.heard.at(-1)?.['data']).toEqual({ room: 'lobby', joined, left: [] });
    store.leave('lobby', 'bob', 'there');
    store.changed('lobby', 'bob');
    await turn();
    expect(ada.transport.heard.at(-1)?.['data']).toEqual({
      room: 'lobby',
      joined: [],
      left: ['bob'],
    });
  });

  it('is not read for rooms in which nobody is to be told', async () => {
    const { store, hub, ada } = await shared();
    hub.presence.untrack(ada.connection, 'lobby');
    await turn();
    store.reads = 0;
    store.changed('lobby', 'bob');
    store.changed('elsewhere', 'bob');
    await turn();
    expect(store.reads).toBe(0);
  });

  it('has in its local part only those with a connection here, and these connections', async () => {
    const { store, hub, connect } = await shared();
    store.enter('lobby', 'bob', 'there', 'Bob');
    store.enter('lobby', 'ada', 'there as well', 'Ada, elsewhere');
    const { local } = hub.presence;
    expect(await local.people('lobby')).toEqual([
      { key: 'ada', meta: 'Ada, elsewhere', connections: 1 },
    ]);
    await hub.presence.track(connect({ user: 'ada' }).connection, 'lobby', 'Ada');
    expect(await local.people('lobby')).toMatchObject([{ key: 'ada', connections: 2 }]);
    expect(await hub.presence.people('lobby')).toMatchObject([{ connections: 3 }, { key: 'bob' }]);
    expect(await local.has('lobby', 'ada')).toBe(true);
    expect(await local.has('lobby', 'bob')).toBe(false);
    expect(await local.people('nowhere')).toEqual([]);
    expect(await hub.presence.count('lobby')).toBe(2);
    await turn();
  });
});
