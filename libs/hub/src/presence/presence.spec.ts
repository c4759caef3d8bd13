import { describe, expect, it } from '@jest/globals';
import { LimitError } from '#engine';
import {
  connect as connectTo,
  serve,
  turn,
  type Client,
} from '../testing-fixtures/fake-upgrade.js';
import { SlowPresenceStore } from '../testing-fixtures/slow-stores.js';
import type { PresenceUpdate } from './presence.js';

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
