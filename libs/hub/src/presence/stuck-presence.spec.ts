import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { deferred } from '../testing-fixtures/deferred.js';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import { SlowPresenceStore } from '../testing-fixtures/slow-stores.js';

/** A store that answers some of what it is asked when a test says so, or never. */
class StuckStore extends SlowPresenceStore {
  stuck: 'enter' | 'list' | 'get' | undefined;
  gate = deferred();
  lists = 0;
  gets = 0;

  override async enter(...args: Parameters<SlowPresenceStore['enter']>) {
    if (this.stuck === 'enter') await this.gate.promise;
    return super.enter(...args);
  }

  override async list(room: string) {
    this.lists++;
    if (this.stuck === 'list') await this.gate.promise;
    return super.list(room);
  }

  override async get(room: string, key: string) {
    this.gets++;
    if (this.stuck === 'get') await this.gate.promise;
    return super.get(room, key);
  }
}

async function seconds(count: number): Promise<void> {
  for (let round = 0; round < 10; round++) {
    await jest.advanceTimersByTimeAsync(count * 100);
    for (let turns = 0; turns < 10; turns++) await turn();
  }
}

function gathering() {
  const store = new StuckStore();
  const served = serve({}, {}, { presence: { store } });
  const enter = (user: string) => {
    const client = served.connect({ user });
    const tracked = served.hub.presence.track(client.connection, 'lobby').then(
      (there) => ({ there }),
      (error: unknown) => ({ error }),
    );
    return { ...client, tracked };
  };
  return { ...served, store, enter };
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
});
afterEach(() => void jest.useRealTimers());

describe('a presence that does not answer', () => {
  it.each(['enter', 'list'] as const)(
    'fails after 10 seconds, and may be tried again (%s)',
    async (call) => {
      const { hub, store, enter } = gathering();
      store.stuck = call;
      const ada = enter('ada');
      await seconds(11);
      expect(await ada.tracked).toMatchObject({ error: { code: 'TIMEOUT' } });
      expect(hub.presence.size).toBe(0);
      store.stuck = undefined;
      const again = hub.presence.track(ada.connection, 'lobby');
      await seconds(1);
      expect(await again).toBe(true);
      expect(store.memory.list('lobby')).toMatchObject([{ key: 'ada' }]);
    },
  );

  it('makes no ghost of who has been told so', async () => {
    const { store, enter } = gathering();
    store.stuck = 'enter';
    const ada = enter('ada');
    await seconds(11);
    expect(await ada.tracked).toHaveProperty('error');
    store.gate.resolve();
    await seconds(1);
    expect(store.memory.list('lobby')).toEqual([]);
  });

  it('does not take away who has come back by then', async () => {
    const { hub, store, enter } = gathering();
    store.stuck = 'enter';
    const ada = enter('ada');
    await seconds(11);
    await ada.tracked;
    store.stuck = undefined;
    const back = hub.presence.track(ada.connection, 'lobby');
    await seconds(1);
    await back;
    store.gate.resolve();
    await seconds(1);
    expect(store.memory.list('lobby')).toMatchObject([{ key: 'ada' }]);
  });

  it('is asked for one thing of a room at a time, and tells all that has happened then', async () => {
    const { store, enter, hub } = gathering();
    const ada = enter('ada');
    await seconds(1);
    expect(await ada.tracked).toEqual({ there: true });
    store.stuck = 'get';
    const before = store.gets;
    for (let n = 0; n < 50; n++) {
      void hub.presence.track(ada.connection, 'lobby', n);
      await seconds(0.05);
    }
    expect(store.gets - before).toBe(1);
    store.stuck = undefined;
    await seconds(11);
    expect(ada.transport.heard.at(-1)).toMatchObject({
      event: '$presence',
      data: { joined: [{ key: 'ada', meta: 49 }] },
    });
  });
});
