import { describe, expect, it, jest } from '@jest/globals';
import { deferred } from '../testing-fixtures/deferred.js';
import { serve, turn, type Client } from '../testing-fixtures/fake-upgrade.js';
import { MemoryPresenceStore } from './memory-presence-store.js';
import type { Person, PresenceStore } from './presence-store.js';

/** Answers each write when a test says so, and writes then. */
class WriteGate implements PresenceStore {
  readonly memory = new MemoryPresenceStore();
  readonly gates: { call: string; open: () => void; fail: (error: Error) => void }[] = [];

  enter(room: string, key: string, id: string, meta: unknown): Promise<void> {
    return this.#later('enter', () => this.memory.enter(room, key, id, meta));
  }

  leave(room: string, key: string, id: string): Promise<void> {
    return this.#later('leave', () => this.memory.leave(room, key, id));
  }

  get(room: string, key: string): Person | undefined {
    return this.memory.get(room, key);
  }

  list(room: string): Person[] {
    return this.memory.list(room);
  }

  /** What was asked last is answered first, as by a pool of connections. */
  async openAll(): Promise<void> {
    while (this.gates.length > 0) {
      this.gates.pop()?.open();
      await turn();
    }
  }

  async #later(call: string, write: () => void): Promise<void> {
    const gate = deferred();
    this.gates.push({ call, open: () => gate.resolve(), fail: gate.reject });
    await gate.promise;
    write();
  }
}

function gated() {
  const store = new WriteGate();
  const served = serve({}, {}, { presence: { store } });
  return { ...served, store, ada: served.connect({ user: 'ada' }) };
}

describe('presence in a store that answers in any order', () => {
  it('leaves no ghost of who leaves before it has entered', async () => {
    const { hub, store, ada } = gated();
    const tracked = hub.presence.track(ada.connection, 'lobby');
    ada.transport.end();
    await store.openAll();
    expect(await tracked).toBe(false);
    expect(store.memory.list('lobby')).toEqual([]);
    expect(hub.presence.size).toBe(0);
  });

  it('does not lose who comes back before it has left', async () => {
    const { hub, store, ada } = gated();
    const first = hub.presence.track(ada.connection, 'lobby');
    await store.openAll();
    await first;
    for (let times = 0; times < 3; times++) {
      hub.rooms.leave(ada.connection, 'lobby');
      void hub.presence.track(ada.connection, 'lobby', times);
    }
    await store.openAll();
    expect(store.memory.list('lobby')).toEqual([{ key: 'ada', meta: 2, connections: 1 }]);
  });

  it('keeps no other connection waiting', async () => {
    const { hub, store, ada, connect } = gated();
    const waiting = hub.presence.track(ada.connection, 'lobby');
    const bob = connect({ user: 'bob' });
    const tracked = hub.presence.track(bob.connection, 'lobby');
    store.gates.pop()?.open();
    expect(await tracked).toBe(true);
    await store.openAll();
    expect(await waiting).toBe(true);
  });

  it('does not take away who has come back when an earlier coming fails', async () => {
    const { hub, store, ada } = gated();
    const failing = hub.presence.track(ada.connection, 'lobby').catch((error: unknown) => error);
    hub.rooms.leave(ada.connection, 'lobby');
    const back = hub.presence.track(ada.connection, 'lobby');
    store.gates.pop()?.fail(new Error('away'));
    await turn();
    await store.openAll();
    expect(await failing).toMatchObject({ message: 'away' });
    expect(await back).toBe(true);
    expect(store.memory.list('lobby')).toMatchObject([{ key: 'ada' }]);
  });
});

describe('a leave that a store fails to note', () => {
  class Failing extends MemoryPresenceStore {
    failures = 0;
    calls = 0;

    override leave(room: string, key: string, id: string): void {
      this.calls++;
      if (this.failures-- > 0) throw new Error('away');
      super.leave(room, key, id);
    }
  }

  async function left(failures: number) {
    const store = new Failing();
    const served = serve({}, {}, { presence: { store } });
    const { hub, connect } = served;
    const [ada, bob] = [connect({ user: 'ada' }), connect({ user: 'bob' })];
    for (const { connection } of [ada, bob]) await hub.presence.track(connection, 'lobby');
    await turn();
    store.failures = failures;
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    return { ...served, ada, bob, store };
  }

  it('is tried again, told then, and a number of times at most', async () => {
    try {
      const { ada, bob, store, reports } = await left(2);
      ada.transport.end();
      await jest.advanceTimersByTimeAsync(2_000);
      await turn();
      expect(store.list('lobby').map(({ key }) => key)).toEqual(['bob']);
      expect(bob.transport.heard.at(-1)).toMatchObject({ data: { left: ['ada'] } });
      expect(reports).toHaveLength(2);
      store.failures = Infinity;
      store.calls = 0;
      bob.transport.end();
      await jest.advanceTimersByTimeAsync(600_000);
      expect(store.calls).toBe(4);
    } finally {
      jest.useRealTimers();
    }
  });

  it('is not tried again once the connection has come back', async () => {
    try {
      const { ada, hub, store } = await left(1);
      hub.rooms.leave(ada.connection, 'lobby');
      const back = hub.presence.track(ada.connection, 'lobby', 'back');
      await jest.advanceTimersByTimeAsync(60_000);
      await back;
      expect(store.calls).toBe(1);
      expect(store.get('lobby', 'ada')).toMatchObject({ meta: 'back', connections: 1 });
    } finally {
      jest.useRealTimers();
    }
  });
});

it('one person that cannot be read beside another leaves no rejection unhandled', async () => {
  const memory = new MemoryPresenceStore();
  let fails = false;
  const store: PresenceStore = {
    enter: (...args) => memory.enter(...args),
    leave: (...args) => memory.leave(...args),
    list: (room) => memory.list(room),
    get(room, key) {
      if (!fails) return memory.get(room, key);
      if (key === 'a') return Promise.reject(new Error('a'));
      throw new Error('b');
    },
  };
  const unhandled: unknown[] = [];
  const listen = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', listen);
  const { hub, connect, reports } = serve({}, {}, { presence: { store } });
  for (const user of ['a', 'b']) await hub.presence.track(connect({ user }).connection, 'lobby');
  fails = true;
  for (let count = 0; count < 4; count++) await turn();
  process.off('unhandledRejection', listen);
  expect(unhandled).toEqual([]);
  expect(reports).toHaveLength(1);
});

async function crowd(size: number) {
  let lists = 0;
  class Counting extends MemoryPresenceStore {
    fails = false;

    override list(room: string): Person[] {
      lists++;
      if (this.fails) throw new Error('away');
      return super.list(room);
    }
  }
  const store = new Counting();
  const served = serve({}, {}, { presence: { store } });
  const clients: Client[] = Array.from({ length: size }, (_, n) =>
    served.connect({ user: `u${n}` }),
  );
  const tracked = clients.map(({ connection }) => served.hub.presence.track(connection, 'lobby'));
  return { ...served, store, clients, tracked, lists: () => lists };
}

describe('a crowd that comes at once', () => {
  it('shares one list, encoded once, and is not told again of whom it names', async () => {
    const { clients, tracked, lists } = await crowd(500);
    expect(await Promise.all(tracked)).toEqual(clients.map(() => true));
    expect(lists()).toBeLessThan(100);
    const last = clients.slice(-400);
    const frames = last.map(({ transport }) => transport.prepared);
    expect(frames.every((one) => one.length === 1)).toBe(true);
    expect(new Set(frames.map(([one]) => one)).size).toBe(1);
    for (const { transport } of last) {
      const list = transport.heard[0]?.['data'] as { people: unknown[] } | undefined;
      expect(list?.people).toHaveLength(500);
    }
    // Those with a list of their own hear of all who came after them.
    const early = clients[0]?.transport.heard.at(-1)?.['data'] as { joined: unknown[] } | undefined;
    expect(early?.joined).toHaveLength(500);
  });

  it('leaves out who has gone before the list, and keeps nobody whom it could not be told', async () => {
    const gone = await crowd(200);
    gone.clients.at(-1)?.transport.end();
    expect(await gone.tracked.at(-1)).toBe(false);
    const failed = await crowd(200);
    failed.store.fails = true;
    const results = await Promise.allSettled(failed.tracked);
    expect(results.at(-1)).toMatchObject({ status: 'rejected' });
    const there = results.filter(({ status }) => status === 'fulfilled').length;
    expect(failed.hub.presence.size).toBe(there);
    await turn();
  });
});

it('a member that is not present hears of nobody', async () => {
  const { hub, connect } = serve();
  const [ada, listener, gone] = [connect({ user: 'ada' }), connect(), connect()];
  hub.rooms.join(listener.connection, 'lobby');
  await hub.presence.track(gone.connection, 'lobby');
  hub.presence.untrack(gone.connection, 'lobby');
  const before = gone.transport.heard.length;
  await hub.presence.track(ada.connection, 'lobby', { phone: 'secret' });
  await turn();
  expect(listener.transport.heard).toEqual([]);
  expect(gone.transport.heard).toHaveLength(before);
});
