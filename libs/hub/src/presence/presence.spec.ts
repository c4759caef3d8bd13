import { describe, expect, it } from '@jest/globals';
import { LimitError } from '#engine';
import {
  connect as connectTo,
  serve,
  turn,
  type Client,
} from '../testing-fixtures/fake-upgrade.js';
import { SlowPresenceStore } from '../testing-fixtures/slow-stores.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import { EncodeError } from '../wire/encode-error.js';
import { MemoryPresenceStore } from './memory-presence-store.js';
import type { Person } from './presence-store.js';
import type { PresenceUpdate } from './presence-news.js';

/** Applies what a client is told, as a client does. */
function known({ transport }: Client): Record<string, unknown> {
  const people = new Map<string, unknown>();
  for (const { event, data } of transport.heard) {
    if (event !== '$presence') continue;
    const update = data as PresenceUpdate;
    if (update.people !== undefined) people.clear();
    for (const one of [...(update.people ?? []), ...(update.joined ?? [])]) {
      people.set(one.key, [one.meta, one.connections]);
    }
    for (const key of update.left ?? []) people.delete(key);
  }
  return Object.fromEntries(people);
}

const updates = ({ transport }: Client): unknown[] =>
  transport.heard.flatMap(({ event, data }) => (event === '$presence' ? [data] : []));

describe('presence', () => {
  it('tells a newcomer who is there, and the others that it came', async () => {
    const { hub, connect } = serve();
    const ada = connect({ user: 'ada' });
    const bob = connect({ user: 'bob' });
    await hub.presence.track(ada.connection, 'lobby', { name: 'Ada' });
    await turn();
    await hub.presence.track(bob.connection, 'lobby', { name: 'Bob' });
    await turn();
    const adaThere = { key: 'ada', meta: { name: 'Ada' }, connections: 1 };
    const bobThere = { key: 'bob', meta: { name: 'Bob' }, connections: 1 };
    expect(updates(bob)[0]).toEqual({ room: 'lobby', people: [adaThere, bobThere] });
    expect(updates(ada).at(-1)).toEqual({ room: 'lobby', joined: [bobThere], left: [] });
    expect(await hub.presence.people('lobby')).toEqual([adaThere, bobThere]);
    expect(await hub.presence.has('lobby', 'ada')).toBe(true);
    expect(hub.rooms.has(ada.connection, 'lobby')).toBe(true);
  });

  it('is one person on many connections, gone with the last of them', async () => {
    const { hub, connect } = serve();
    const watcher = connect();
    const tabs = [connect({ user: 'ada' }), connect({ user: 'ada' })];
    await hub.presence.track(watcher.connection, 'lobby');
    for (const { connection } of tabs) await hub.presence.track(connection, 'lobby', 'Ada');
    await turn();
    expect(known(watcher)['ada']).toEqual(['Ada', 2]);
    tabs[0]?.transport.end(1006, '', false);
    await turn();
    expect(known(watcher)['ada']).toEqual(['Ada', 1]);
    tabs[1]?.transport.end();
    await turn();
    expect(known(watcher)['ada']).toBeUndefined();
    expect(updates(watcher).at(-1)).toEqual({ room: 'lobby', joined: [], left: ['ada'] });
  });

  it('knows who has no user by the connection', async () => {
    const { hub, connect } = serve();
    const { connection } = connect();
    await hub.presence.track(connection, 'lobby');
    expect(await hub.presence.people('lobby')).toEqual([
      { key: connection.id, meta: undefined, connections: 1 },
    ]);
  });

  it('changes what is said about a person when tracked again', async () => {
    const { hub, connect } = serve();
    const [ada, bob] = [connect({ user: 'ada' }), connect({ user: 'bob' })];
    await hub.presence.track(ada.connection, 'lobby', 'here');
    await hub.presence.track(bob.connection, 'lobby');
    await turn();
    await hub.presence.track(ada.connection, 'lobby', 'away');
    await turn();
    expect(known(bob)['ada']).toEqual(['away', 1]);
    expect(updates(ada).filter((one) => JSON.stringify(one).includes('people'))).toHaveLength(1);
  });

  it('gathers the changes of a turn: who comes and goes within it is no news but an absence', async () => {
    const { hub, connect } = serve();
    const watcher = connect({ user: 'watcher' });
    await hub.presence.track(watcher.connection, 'lobby');
    await turn();
    const before = updates(watcher).length;
    for (let n = 0; n < 50; n++)
      await hub.presence.track(connect({ user: `u${n}` }).connection, 'lobby');
    const brief = connect({ user: 'brief' });
    await hub.presence.track(brief.connection, 'lobby');
    brief.transport.end();
    await turn();
    expect(updates(watcher).length).toBe(before + 1);
    expect(updates(watcher).at(-1)).toMatchObject({ left: ['brief'] });
    expect(Object.keys(known(watcher))).toHaveLength(51);
  });

  it('is the same for everybody who was told, whoever came and went in whatever order', async () => {
    const { hub, endpoint } = serve();
    const clients: Client[] = [];
    let seed = 42;
    for (let step = 0; step < 400; step++) {
      seed = (seed * 48_271) % 2_147_483_647;
      const one = clients[seed % Math.max(1, clients.length)];
      if (one === undefined || seed % 3 > 0) {
        const client = connectTo(endpoint, { user: `u${seed % 7}` });
        clients.push(client);
        await hub.presence.track(client.connection, 'lobby', step);
      } else {
        if (seed % 2 === 0) one.transport.end();
        else hub.rooms.leave(one.connection, 'lobby');
        clients.splice(clients.indexOf(one), 1);
      }
      if (seed % 5 === 0) await turn();
    }
    await turn();
    const people = await hub.presence.people('lobby');
    const truth = Object.fromEntries(people.map((one) => [one.key, [one.meta, one.connections]]));
    for (const client of clients) expect(known(client)).toEqual(truth);
  });

  it('ends with the room, with untrack, and with the connection; nothing is left behind', async () => {
    const { hub, connect } = serve();
    const [a, b, c] = [connect(), connect(), connect()];
    for (const { connection } of [a, b, c]) {
      await hub.presence.track(connection, 'one');
      await hub.presence.track(connection, 'two');
    }
    hub.rooms.leaveAll(a.connection);
    for (const room of ['one', 'two']) hub.presence.untrack(b.connection, room);
    expect(hub.rooms.has(b.connection, 'one')).toBe(true);
    c.transport.end();
    expect(hub.presence.size).toBe(0);
    expect(await hub.presence.people('one')).toEqual([]);
    await turn();
  });

  it('is refused where the room is, and for who has closed', async () => {
    const { hub, connect } = serve({}, {}, { maxRoomsPerConnection: 1 });
    const { connection, transport } = connect();
    hub.rooms.join(connection, 'a');
    await expect(hub.presence.track(connection, 'b')).rejects.toThrow(LimitError);
    transport.end();
    expect(await hub.presence.track(connection, 'a')).toBe(false);
    expect(hub.presence.size).toBe(0);
  });

  it('keeps up with a store that has to be waited for', async () => {
    const store = new SlowPresenceStore();
    const { hub, connect } = serve({}, {}, { presence: { store } });
    const [ada, bob] = [connect({ user: 'ada' }), connect({ user: 'bob' })];
    await hub.presence.track(ada.connection, 'lobby');
    await hub.presence.track(bob.connection, 'lobby');
    for (let count = 0; count < 5; count++) await turn();
    expect(known(ada)).toEqual({ ada: [undefined, 1], bob: [undefined, 1] });
    bob.transport.end();
    for (let count = 0; count < 5; count++) await turn();
    expect(Object.keys(known(ada))).toEqual(['ada']);
    expect(store.memory.size).toBe(1);
  });
});

describe('a presence that has to be waited for', () => {
  /** Answers when a test says so, with what was there when it was asked. */
  class GatedStore extends MemoryPresenceStore {
    readonly gates: { call: string; open: () => void }[] = [];
    gated = false;

    // @ts-expect-error -- memory answers at once, this one need not
    override get(room: string, key: string): MaybePromise<Person | undefined> {
      return this.#answer(`get ${key}`, super.get(room, key));
    }

    // @ts-expect-error -- the same
    override list(room: string): MaybePromise<Person[]> {
      return this.#answer('list', super.list(room));
    }

    /** Lets the first call of that name answer. */
    async open(call: string): Promise<void> {
      const index = this.gates.findIndex((gate) => gate.call === call);
      this.gates.splice(index, 1)[0]?.open();
      await turn();
    }

    #answer<Value>(call: string, value: Value): MaybePromise<Value> {
      if (!this.gated) return value;
      return new Promise((resolve) => this.gates.push({ call, open: () => resolve(value) }));
    }
  }

  async function gated() {
    const store = new GatedStore();
    const served = serve({}, {}, { presence: { store } });
    const watcher = served.connect({ user: 'watcher' });
    const enter = async (user: string): Promise<Client> => {
      const client = served.connect({ user });
      await served.hub.presence.track(client.connection, 'lobby');
      return client;
    };
    await served.hub.presence.track(watcher.connection, 'lobby');
    await turn();
    return { ...served, store, watcher, enter };
  }

  it('does not bring back who has left while others were asked about', async () => {
    const { store, watcher, enter } = await gated();
    const x = await enter('x');
    await enter('y');
    store.gated = true;
    await turn();
    await store.open('get x');
    x.transport.end();
    await turn();
    // What was asked first may be answered last.
    while (store.gates.length > 0) await store.open(store.gates.at(-1)?.call ?? '');
    expect(Object.keys(known(watcher))).toEqual(['watcher', 'y']);
  });

  it('does not tell a newcomer of who has left while it waited for the list', async () => {
    const { hub, store, connect, enter } = await gated();
    const x = await enter('x');
    await turn();
    const newcomer = connect({ user: 'new' });
    store.gated = true;
    const tracked = hub.presence.track(newcomer.connection, 'lobby');
    await turn();
    x.transport.end();
    await turn();
    while (store.gates.length > 0) await store.open(store.gates.at(-1)?.call ?? '');
    await tracked;
    expect(Object.keys(known(newcomer)).toSorted()).toEqual(['new', 'watcher']);
  });

  it('sends no list to who has left while it was read', async () => {
    const { hub, store, connect } = await gated();
    const { connection, transport } = connect({ user: 'new' });
    store.gated = true;
    const tracked = hub.presence.track(connection, 'lobby');
    await turn();
    hub.rooms.leave(connection, 'lobby');
    store.gated = false;
    while (store.gates.length > 0) await store.open(store.gates[0]?.call ?? '');
    expect(await tracked).toBe(false);
    expect(transport.heard).toEqual([]);
  });
});

describe('a presence that fails', () => {
  class FailingStore extends MemoryPresenceStore {
    fails: string | undefined;

    override enter(room: string, key: string, id: string, meta: unknown): void {
      super.enter(room, key, id, meta);
      this.#fail('enter');
    }

    override list(room: string): Person[] {
      this.#fail('list');
      return super.list(room);
    }

    override get(room: string, key: string): Person | undefined {
      this.#fail(`get ${room}`);
      return super.get(room, key);
    }

    #fail(call: string): void {
      if (this.fails === call) throw new Error(`no ${call}`);
    }
  }

  it.each(['enter', 'list'])('to %s leaves nobody behind, and may be tried again', async (call) => {
    const store = new FailingStore();
    const { hub, connect } = serve({}, {}, { presence: { store } });
    const ada = connect({ user: 'ada' });
    store.fails = call;
    await expect(hub.presence.track(ada.connection, 'lobby')).rejects.toThrow(call);
    store.fails = undefined;
    expect(hub.presence.size).toBe(0);
    expect(await hub.presence.people('lobby')).toEqual([]);
    await hub.presence.track(ada.connection, 'lobby');
    expect(known(ada)).toEqual({ ada: [undefined, 1] });
    await turn();
  });

  it('in one room keeps no news from the others', async () => {
    const store = new FailingStore();
    const { hub, connect, reports } = serve({}, {}, { presence: { store } });
    const watcher = connect({ user: 'watcher' });
    for (const room of ['a', 'b']) await hub.presence.track(watcher.connection, room);
    await turn();
    const ada = connect({ user: 'ada' });
    for (const room of ['a', 'b']) await hub.presence.track(ada.connection, room);
    store.fails = 'get a';
    await turn();
    expect(updates(watcher).at(-1)).toMatchObject({ room: 'b', joined: [{ key: 'ada' }] });
    expect(reports.map(({ error }) => String(error))).toEqual(['Error: no get a']);
  });

  it('because of what is said about a person changes nothing', async () => {
    const { hub, connect } = serve();
    const [ada, bob] = [connect({ user: 'ada' }), connect({ user: 'bob' })];
    await expect(hub.presence.track(ada.connection, 'lobby', 1n)).rejects.toThrow(EncodeError);
    expect(hub.rooms.names()).toEqual([]);
    await hub.presence.track(bob.connection, 'lobby', 'Bob');
    expect(known(bob)).toEqual({ bob: ['Bob', 1] });
    await turn();
  });
});
