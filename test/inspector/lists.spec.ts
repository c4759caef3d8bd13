// What an inspector is shown of an application, and that it costs nothing while nobody looks.
import { channel } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ConnectionRegistry, memoryBroker, MemoryBrokerServer, Rooms } from 'nestwire';
import { ClientError } from 'nestwire/client';
import type {
  ConnectionRow,
  NodeRow,
  RoomRow,
  Tick,
  UserRow,
  View,
} from '../../src/inspector/contract/inspector-contract.js';
import { Client } from '../e2e/support/client.js';
import {
  closeInspected,
  CONNECTIONS,
  inspect,
  startInspected,
  type InspectorClient,
} from './support/inspected.js';

afterEach(closeInspected);

async function inspected(...args: Parameters<typeof startInspected>) {
  const app = await startInspected(...args);
  const inspector = await inspect(app);
  return { ...app, inspector };
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the tab says which rows there are
async function look<Row>(inspector: InspectorClient, view: Partial<View> = {}) {
  const tick = await inspector.call('look', { ...CONNECTIONS, ...view });
  if (tick === null) throw new Error('looking has taken too long');
  return {
    ...tick,
    total: tick.window.total,
    rows: tick.window.rows as readonly unknown[] as Row[],
  };
}

/** The next ticks, until one is as it should be. */
function tickThat(inspector: InspectorClient, isSo: (tick: Tick) => boolean): Promise<Tick> {
  return new Promise((resolve) => {
    const off = inspector.on('tick', (tick) => {
      if (!isSo(tick)) return;
      off();
      resolve(tick);
    });
  });
}

const live = (url: string, query: Record<string, string> | [string, string][]) =>
  Client.connect(`${url}/live?${new URLSearchParams(query).toString()}`);

const names = (rows: readonly ConnectionRow[]) => rows.map(({ user }) => user);

describe('the list of connections', () => {
  it('says who they are, sorted and searched, in parts', async () => {
    const { url, inspector } = await inspected();
    for (const user of ['carol', 'ada', 'bob', 'adam']) await live(url, { user, room: 'lobby' });
    const all = await look<ConnectionRow>(inspector);
    expect(all.total).toBe(4);
    expect(names(all.rows)).toEqual(['ada', 'adam', 'bob', 'carol']);
    expect(all.rows[0]).toMatchObject({ path: '/live', ip: '127.0.0.1', rooms: 1, queue: 0 });
    const part = await look<ConnectionRow>(inspector, { descending: true, from: 1, count: 2 });
    expect([part.total, part.window.from, ...names(part.rows)]).toEqual([4, 1, 'bob', 'adam']);
    const found = await look<ConnectionRow>(inspector, { search: 'AD' });
    expect([found.total, ...names(found.rows)]).toEqual([2, 'ada', 'adam']);
    const { id } = all.rows[2]!;
    expect(names((await look<ConnectionRow>(inspector, { search: id })).rows)).toEqual(['bob']);
    expect((await look(inspector, { search: '127.0.0.1' })).total).toBe(4);
    expect((await look(inspector, { from: 100 })).rows).toEqual([]);
  });

  it('is of a room, of a user, or of those that are slow', async () => {
    const { url, inspector } = await inspected();
    await live(url, [
      ['user', 'ada'],
      ['room', 'a'],
      ['room', 'b'],
    ]);
    await live(url, { user: 'bob', room: 'b' });
    await live(url, {});
    expect(names((await look<ConnectionRow>(inspector, { room: 'a' })).rows)).toEqual(['ada']);
    expect((await look(inspector, { room: 'b' })).total).toBe(2);
    expect(names((await look<ConnectionRow>(inspector, { user: 'bob' })).rows)).toEqual(['bob']);
    expect((await look(inspector, { room: 'no such room' })).total).toBe(0);
    expect((await look(inspector, { slow: true })).total).toBe(0);
    expect((await look(inspector, {})).summary).toMatchObject({
      connections: 3,
      users: 2,
      rooms: 2,
    });
  });

  it('goes on by itself: who comes, who goes, and what they send', async () => {
    const { url, inspector } = await inspected();
    const ada = await live(url, { user: 'ada' });
    await look(inspector);
    ada.send('say', 'x'.repeat(1_000), 1);
    const busy = await tickThat(inspector, ({ summary }) => summary.received.bytes > 1_000);
    expect(busy.summary).toMatchObject({
      received: { messages: 1, bytes: expect.any(Number) },
      sent: { messages: 1, bytes: expect.any(Number) },
    });
    const [row] = busy.window.rows as ConnectionRow[];
    expect(row).toMatchObject({ user: 'ada', messages: 2 });
    expect(row?.spark.at(-1)).toBe(row?.bytes);
    const quiet = await tickThat(inspector, ({ summary }) => summary.received.messages === 0);
    expect(quiet.window.rows[0]).toMatchObject({ messages: 0, bytes: 0 });
    await live(url, { user: 'bob' });
    await tickThat(inspector, ({ window: { total } }) => total === 2);
    ada.socket.terminate();
    const left = await tickThat(inspector, ({ window: { total } }) => total === 1);
    expect(left.window.rows).toMatchObject([{ user: 'bob' }]);
  });

  it('has the details of one, which are gone with it', async () => {
    const { url, inspector } = await inspected();
    const client = await Client.connect(`${url}/live?user=ada&room=lobby&token=secret`, {
      headers: { 'user-agent': 'test client' },
    });
    const { rows } = await look<ConnectionRow>(inspector);
    const open = rows[0]!.id;
    const { details } = await look(inspector, { open });
    expect(details).toMatchObject({
      id: open,
      open: true,
      user: 'ada',
      path: '/live',
      agent: 'test client',
      rooms: ['lobby'],
      roomCount: 1,
    });
    // A query may carry a token.
    expect(JSON.stringify(details)).not.toContain('secret');
    await client.close();
    await tickThat(inspector, (tick) => tick.details === null);
    expect((await look(inspector, { open: 'no such id' })).details).toBeNull();
  });
});

describe('the other lists', () => {
  it('are of rooms and of users', async () => {
    const { url, inspector } = await inspected();
    for (const user of ['ada', 'ada', 'bob']) await live(url, { user, room: user });
    const rooms = await look<RoomRow>(inspector, {
      tab: 'rooms',
      sort: 'members',
      descending: true,
    });
    expect(rooms.rows).toEqual([
      { name: 'ada', members: 2 },
      { name: 'bob', members: 1 },
    ]);
    const users = await look<UserRow>(inspector, { tab: 'users', sort: 'id', search: 'B' });
    expect(users.rows).toEqual([{ id: 'bob', connections: 1 }]);
  });

  it('have names as they are, however hostile', async () => {
    const { url, inspector } = await inspected();
    const hostile = [
      '<img src=x onerror=alert(1)>',
      '\u202Egnp.exe',
      'a\u0000b\nc',
      'é'.repeat(256),
    ];
    for (const name of hostile) await live(url, { user: name, room: name });
    const { rows } = await look<RoomRow>(inspector, { tab: 'rooms', sort: 'name' });
    expect(rows.map(({ name }) => name).sort()).toEqual([...hostile].sort());
  });

  it('are of many rooms in parts', async () => {
    const { app, url, inspector } = await inspected(
      {},
      { options: { maxRoomsPerConnection: 30_000 } },
    );
    await live(url, { user: 'ada' });
    const rooms = app.get(Rooms);
    const [connection] = app.get(ConnectionRegistry);
    for (let at = 0; at < 20_000; at++) rooms.join(connection!, `room ${at}`);
    const shown = await look<RoomRow>(inspector, {
      tab: 'rooms',
      sort: 'name',
      search: '9999',
      count: 5,
    });
    expect([shown.total, shown.rows.length]).toEqual([2, 2]);
    const tick = await tickThat(inspector, ({ window }) => window.tab === 'rooms');
    expect(tick.window.total).toBe(2);
    const { details } = await look(inspector, { open: connection!.id });
    expect([details?.rooms.length, details?.roomCount]).toEqual([200, 20_000]);
  });

  it('are of all nodes', async () => {
    const broker = () => memoryBroker(server);
    const server = new MemoryBrokerServer();
    const options = (name: string) => ({ options: { broker: broker(), cluster: { name } } });
    await startInspected({}, options('one'));
    const { url, inspector } = await inspected({}, options('two'));
    await live(url, { user: 'ada' });
    await look<NodeRow>(inspector, { tab: 'cluster', sort: 'name' });
    const shown = await tickThat(inspector, ({ summary }) => summary.nodes === 2);
    expect(shown.window.rows).toMatchObject([
      { name: 'one', here: false },
      { name: 'two', here: true },
    ]);
    expect(shown.summary).toMatchObject({ name: 'two', link: 'up', nodes: 2 });
    const cut = tickThat(inspector, ({ summary }) => summary.link !== 'up');
    server.close();
    await cut;
    const { rows } = await look<{ kind: string }>(inspector, { tab: 'incidents', sort: 'at' });
    expect(rows.at(-1)).toMatchObject({ kind: 'cluster' });
  });
});

describe('a view', () => {
  it.each([
    [{ tab: 'nothing' }, 'tab'],
    [{ tab: '__proto__' }, 'tab'],
    [{ sort: 'constructor' }, 'sort'],
    [{ search: 'x'.repeat(257) }, 'search'],
    [{ from: -1 }, 'from'],
    [{ from: 0.5 }, 'from'],
    [{ count: 201 }, 'count'],
    [{ descending: 'yes' }, 'descending'],
    [{ room: 5 }, 'room'],
    [{ slow: 'yes' }, 'slow'],
  ])('that is none is refused: %p', async (wrong, what) => {
    const { inspector } = await inspected();
    const asked = inspector.call('look', { ...CONNECTIONS, ...wrong } as View);
    await expect(asked).rejects.toThrow(`Cannot read ${what}: expected `);
    await expect(asked).rejects.toBeInstanceOf(ClientError);
  });
});

describe('an inspector', () => {
  const CHANNELS = [
    'nestwire:message:received',
    'nestwire:message:sent',
    'nestwire:handshake:refused',
  ];
  const heard = () => CHANNELS.map((name) => channel(name).hasSubscribers);

  it('costs nothing while nobody looks', async () => {
    const app = await startInspected();
    expect(heard()).toEqual([false, false, false]);
    const [one, two] = [await inspect(app), await inspect(app)];
    await Promise.all([one, two].map((inspector) => look(inspector)));
    expect(heard()).toEqual([true, true, true]);
    one.close();
    two.close();
    while (heard().includes(true)) await new Promise((resolve) => setImmediate(resolve));
  });

  it('is none of the connections, and gets no broadcast', async () => {
    const { app, url, inspector } = await inspected();
    await live(url, { user: 'grace', room: 'lobby' });
    expect(app.get(ConnectionRegistry).byUser('grace').size).toBe(1);
    await look(inspector);
    const events: string[] = [];
    // Whatever it is called on the wire: what the contract does not name comes here, too.
    (inspector as unknown as { on(event: string, listener: () => void): void }).on('news', () =>
      events.push('news'),
    );
    app.get(Rooms).toAll().send('news', 1);
    const tick = await tickThat(inspector, ({ summary }) => summary.sent.messages > 0);
    expect(tick.summary.sent.messages).toBe(1);
    expect(events).toEqual([]);
  });

  it('is closed with the application, last of all', async () => {
    const { app, inspector } = await inspected();
    const drained = tickThat(inspector, ({ summary }) => summary.draining).catch(() => undefined);
    await look(inspector);
    await app.close();
    expect(inspector.state.name).not.toBe('open');
    expect(heard()).toEqual([false, false, false]);
    void drained;
  });

  it('hears of refused upgrades without their query', async () => {
    const { url, inspector } = await inspected();
    await look(inspector, { tab: 'incidents', sort: 'at' });
    await Client.connect(`${url}/nowhere?token=secret`).catch(() => undefined);
    const tick = await tickThat(inspector, ({ window }) => window.total > 0);
    expect(tick.window.rows).toMatchObject([
      { kind: 'refused upgrade', path: '/nowhere', what: '404' },
    ]);
    expect(JSON.stringify(tick)).not.toContain('secret');
  });
});
