import { describe, expect, it } from '@jest/globals';
import { deferred } from '../testing-fixtures/deferred.js';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import { WireError } from '../wire/wire-error.js';
import { roomHandlers, type RoomAccess } from './room-access.js';

const open: RoomAccess = { canJoin: () => true };

function joining(access: RoomAccess = open) {
  const served = serve({}, { access });
  const client = served.connect({ user: 'ada' });
  const join = async (data: unknown): Promise<Record<string, unknown>[]> => {
    const before = client.transport.heard.length;
    client.transport.event('$join', data, 1);
    await turn();
    await turn();
    return client.transport.heard.slice(before);
  };
  return { ...served, ...client, join };
}

describe('a client that enters rooms by itself', () => {
  it('cannot where the gateway does not let it', () => {
    const { connect } = serve();
    const { transport } = connect();
    transport.event('$join', { room: 'lobby' }, 1);
    expect(transport.frames).toMatchObject([{ id: 1, data: { code: 'UNKNOWN_EVENT' } }]);
  });

  it('is told where the room stands, and gets an answer to its id', async () => {
    const { hub, join, connection } = joining();
    const { epoch } = await hub.history.position('lobby');
    const joined = { room: 'lobby', epoch, offset: 0, count: 0 };
    expect(await join({ room: 'lobby' })).toEqual([
      { event: '$joined', data: joined },
      { event: '$join', data: joined, id: 1 },
    ]);
    expect([...hub.rooms.members('lobby')]).toEqual([connection]);
  });

  it('gets what it missed between the notice and what is live', async () => {
    const { hub, join, transport } = joining();
    for (const text of ['a', 'b', 'c']) await hub.history.publish('lobby', 'said', text);
    const { epoch } = await hub.history.position('lobby');
    const frames = await join({ room: 'lobby', epoch, offset: 1 });
    expect(frames).toMatchObject([
      { event: '$joined', data: { recovered: true, offset: 3, count: 2 } },
      { event: 'said', data: 'b', at: { room: 'lobby', epoch, offset: 2 } },
      { event: 'said', data: 'c', at: { room: 'lobby', epoch, offset: 3 } },
      { event: '$join', id: 1 },
    ]);
    await hub.history.publish('lobby', 'said', 'd');
    expect(transport.heard.at(-1)).toMatchObject({ data: 'd', at: { offset: 4 } });
  });

  it('gets the newest messages and the people where the grant says so', async () => {
    const { hub, join } = joining({
      canJoin: () => ({ latest: 1, presence: true, meta: { name: 'Ada' } }),
    });
    await hub.history.publish('lobby', 'said', 'a');
    await hub.history.publish('lobby', 'said', 'b');
    const people = [{ key: 'ada', meta: { name: 'Ada' }, connections: 1 }];
    expect(await join({ room: 'lobby' })).toMatchObject([
      { event: '$joined', data: { count: 1 } },
      { event: 'said', data: 'b' },
      { event: '$presence', data: { room: 'lobby', people } },
      { event: '$join' },
      { event: '$presence', data: { joined: people, left: [] } },
    ]);
  });

  it.each<[string, unknown, string]>([
    ['no data', undefined, 'BAD_REQUEST'],
    ['a string', 'lobby', 'BAD_REQUEST'],
    ['no room', {}, 'BAD_REQUEST'],
    ['a room that is no string', { room: { toString: 'lobby' } }, 'BAD_REQUEST'],
    ['an empty name', { room: '' }, 'BAD_REQUEST'],
    ['a name over 256 characters', { room: 'r'.repeat(257) }, 'BAD_REQUEST'],
    ['an unknown epoch', { room: 'lobby', epoch: 'elsewhere', offset: 0 }, 'UNKNOWN_EPOCH'],
    ['an epoch without offset', { room: 'lobby', epoch: 'e' }, 'BAD_REQUEST'],
    ['an offset without epoch', { room: 'lobby', offset: 1 }, 'BAD_REQUEST'],
    ['a negative offset', { room: 'lobby', epoch: 'e', offset: -1 }, 'BAD_REQUEST'],
    ['half an offset', { room: 'lobby', epoch: 'e', offset: 0.5 }, 'BAD_REQUEST'],
    ['an offset as an object', { room: 'lobby', epoch: 'e', offset: {} }, 'BAD_REQUEST'],
    ['an endless epoch', { room: 'lobby', epoch: 'e'.repeat(65), offset: 1 }, 'BAD_REQUEST'],
  ])('is refused with an exception frame for %s, and nothing is changed', async (_, data, code) => {
    const { hub, join, connection } = joining();
    await hub.history.publish('lobby', 'said', 'a');
    expect(await join(data)).toEqual([
      { event: 'exception', id: 1, data: expect.objectContaining({ status: 'error', code }) },
    ]);
    expect(connection.rooms.size).toBe(0);
    expect(hub.rooms.names()).toEqual([]);
  });

  it('is refused for an offset past the end, which nobody can have received', async () => {
    const { hub, join, connection } = joining();
    await hub.history.publish('lobby', 'said', 'a');
    const { epoch } = await hub.history.position('lobby');
    expect(await join({ room: 'lobby', epoch, offset: 2 })).toMatchObject([
      { event: 'exception', data: { code: 'BAD_REQUEST' } },
    ]);
    expect(connection.rooms.size).toBe(0);
  });

  it.each<[string, RoomAccess['canJoin'], string]>([
    ['says no', () => false, 'FORBIDDEN'],
    ['says no later', async () => false, 'FORBIDDEN'],
    [
      'throws',
      () => {
        throw new WireError('ROOM_FULL', 'The room is full');
      },
      'ROOM_FULL',
    ],
    ['rejects', () => Promise.reject(new Error('secret')), 'INTERNAL_ERROR'],
  ])('stays outside when the guard %s', async (_, canJoin, code) => {
    const { hub, join } = joining({ canJoin });
    expect(await join({ room: 'lobby' })).toMatchObject([{ event: 'exception', data: { code } }]);
    expect(hub.rooms.names()).toEqual([]);
  });

  it('stays outside when it cannot be made present, and inside where it was before', async () => {
    const { hub, join, connection } = joining({
      canJoin: () => ({ presence: true, meta: 1n }),
    });
    const refused = { event: 'exception', data: { code: 'INTERNAL_ERROR' } };
    expect((await join({ room: 'lobby' })).at(-1)).toMatchObject(refused);
    expect(hub.rooms.names()).toEqual([]);
    hub.rooms.join(connection, 'lobby');
    expect((await join({ room: 'lobby' })).at(-1)).toMatchObject(refused);
    expect(hub.rooms.names()).toEqual(['lobby']);
  });

  it('may name a room __proto__, which is a room like any other', async () => {
    const { hub, join } = joining();
    expect(await join({ room: '__proto__' })).toHaveLength(2);
    expect(hub.rooms.names()).toEqual(['__proto__']);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it('stays outside when it cancels before the guard says yes', async () => {
    const gate = deferred<boolean>();
    const { hub, transport } = joining({ canJoin: () => gate.promise });
    transport.event('$join', { room: 'lobby' }, 1);
    transport.event('$cancel', undefined, 1);
    gate.resolve(true);
    await turn();
    expect(transport.heard).toMatchObject([
      { event: 'exception', id: 1, data: { code: 'CANCELLED' } },
    ]);
    expect(hub.rooms.names()).toEqual([]);
  });

  it('stays outside when the guard says yes after the client was told TIMEOUT', async () => {
    const { hub, connection } = joining();
    const gate = deferred<boolean>();
    const [join] = roomHandlers({ canJoin: () => gate.promise }, hub);
    const message = { event: '$join', data: { room: 'lobby' } };
    const timeout = new AbortController();
    const joined = join?.handle(connection, message.data, message, timeout.signal);
    // What the dispatcher does to a handler that has a timeout and wants a signal.
    expect(join).toMatchObject({ wantsSignal: true, timeout: 10_000 });
    timeout.abort(new WireError('TIMEOUT', 'too late'));
    gate.resolve(true);
    await expect(joined).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(hub.rooms.names()).toEqual([]);
  });

  it('that is gone when the guard says yes leaves rooms and registry empty', async () => {
    const gate = deferred<boolean>();
    const { hub, transport } = joining({ canJoin: () => gate.promise });
    transport.event('$join', { room: 'lobby' }, 1);
    transport.end(1006, '', false);
    gate.resolve(true);
    await turn();
    expect(hub.rooms.names()).toEqual([]);
    expect(hub.registry.size).toBe(0);
    expect(hub.presence.size).toBe(0);
  });

  it('leaves a room it is in, and only such a one', async () => {
    const { hub, join, transport } = joining();
    await join({ room: 'lobby' });
    transport.event('$leave', { room: 'lobby' }, 2);
    transport.event('$leave', { room: 'lobby' }, 3);
    transport.event('$leave', null, 4);
    expect(transport.frames.slice(-3)).toMatchObject([
      { event: '$leave', data: { room: 'lobby' }, id: 2 },
      { event: 'exception', data: { code: 'NOT_FOUND' }, id: 3 },
      { event: 'exception', data: { code: 'BAD_REQUEST' }, id: 4 },
    ]);
    expect(hub.rooms.names()).toEqual([]);
  });

  describe('leaves no room that the server has put it into', () => {
    const guarded: RoomAccess = { canJoin: (_connection, room) => room.startsWith('public') };

    it.each<[string, RoomAccess]>([
      ['it may not enter', guarded],
      ['it may not enter, as is known later', { canJoin: async (_c, room) => room !== 'muted' }],
    ])('and that %s', async (_, access) => {
      const { hub, join, transport, connection } = joining(access);
      hub.rooms.join(connection, 'muted');
      await join({ room: 'muted' });
      transport.event('$leave', { room: 'muted' }, 2);
      transport.event('$leave', { room: 'nowhere' }, 3);
      await turn();
      expect(hub.rooms.has(connection, 'muted')).toBe(true);
      const [listed, unlisted] = transport.frames.slice(-2);
      expect(listed).toMatchObject({ event: 'exception', id: 2, data: { code: 'NOT_FOUND' } });
      // It does not learn which lists it is on.
      expect(listed?.['data']).toEqual(unlisted?.['data']);
    });

    it('unless it might enter it by itself', async () => {
      const { hub, transport, connection } = joining(guarded);
      hub.rooms.join(connection, 'public');
      transport.event('$leave', { room: 'public' }, 2);
      await turn();
      expect(transport.frames.at(-1)).toEqual({ event: '$leave', data: { room: 'public' }, id: 2 });
    });

    it('after it was let in once, left, and was put there again', async () => {
      let lets = true;
      const { hub, join, transport, connection } = joining({ canJoin: () => lets });
      await join({ room: 'muted' });
      lets = false;
      hub.rooms.leave(connection, 'muted');
      hub.rooms.join(connection, 'muted');
      transport.event('$leave', { room: 'muted' }, 2);
      expect(hub.rooms.has(connection, 'muted')).toBe(true);
    });

    it('but one it has entered, although it may not any more', async () => {
      let lets = true;
      const { hub, join, transport, connection } = joining({ canJoin: () => lets });
      await join({ room: 'lobby' });
      lets = false;
      transport.event('$leave', { room: 'lobby' }, 2);
      expect(hub.rooms.has(connection, 'lobby')).toBe(false);
    });
  });

  it('hears of the people in a room only where the grant says so', async () => {
    const { hub, join, connect, transport } = joining({ canJoin: () => true });
    await join({ room: 'lobby' });
    const ada = connect({ user: 'ada' });
    await hub.presence.track(ada.connection, 'lobby', { phone: 'secret' });
    await turn();
    expect(JSON.stringify(transport.heard)).not.toMatch(/secret|\$presence/);
  });
});
