import { describe, expect, it } from '@jest/globals';
import { LimitError } from '#engine';
import { serve } from '../testing-fixtures/fake-upgrade.js';
import { WireError } from '../wire/wire-error.js';

describe('rooms', () => {
  it('exist while somebody is in them', () => {
    const { hub, connect } = serve();
    const { connection } = connect();
    expect(hub.rooms.join(connection, 'lobby')).toBe(true);
    expect(hub.rooms.join(connection, 'lobby')).toBe(true);
    expect([...hub.rooms.members('lobby')]).toEqual([connection]);
    expect(hub.rooms.size('lobby')).toBe(1);
    expect(hub.rooms.names()).toEqual(['lobby']);
    expect([...connection.rooms]).toEqual(['lobby']);
    expect(hub.rooms.leave(connection, 'lobby')).toBe(true);
    expect(hub.rooms.leave(connection, 'lobby')).toBe(false);
    expect(hub.rooms.names()).toEqual([]);
    expect(hub.rooms.size('lobby')).toBe(0);
    expect(connection.rooms.size).toBe(0);
  });

  it.each(['__proto__', 'constructor', 'r'.repeat(256), ' ', '\u0000'])(
    'may be named %j',
    (room) => {
      const { hub, connect } = serve();
      const { connection } = connect();
      hub.rooms.join(connection, room);
      expect(hub.rooms.names()).toEqual([room]);
      expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    },
  );

  it.each([[''], ['r'.repeat(257)], [null], [undefined], [7], [{}], [['lobby']]])(
    'may not be named %j, and nothing is changed',
    (room) => {
      const { hub, connect } = serve();
      const { connection } = connect();
      expect(() => hub.rooms.join(connection, room as string)).toThrow(WireError);
      expect(hub.rooms.names()).toEqual([]);
      expect(connection.rooms.size).toBe(0);
    },
  );

  it('take as many for each connection as allowed and not one more', () => {
    const { hub, connect } = serve({}, {}, { maxRoomsPerConnection: 2 });
    const { connection } = connect();
    hub.rooms.join(connection, 'a');
    hub.rooms.join(connection, 'b');
    expect(() => hub.rooms.join(connection, 'c')).toThrow(LimitError);
    expect(hub.rooms.join(connection, 'b')).toBe(true);
    expect(hub.rooms.names()).toEqual(['a', 'b']);
    hub.rooms.leave(connection, 'a');
    expect(hub.rooms.join(connection, 'c')).toBe(true);
  });

  it('hold 1,000 for each connection by default, however many a client asks for', () => {
    const { hub, connect } = serve({
      join: (connection, data) => void hub.rooms.join(connection, String(data)),
    });
    const { transport } = connect();
    for (let room = 0; room < 1010; room++) transport.event('join', room);
    expect(hub.rooms.names()).toHaveLength(1000);
    expect(transport.frames).toHaveLength(10);
    expect(transport.frames[0]?.data).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    transport.end();
    expect(hub.rooms.names()).toEqual([]);
  });

  it('are empty after their members have closed, and refuse a member that has', () => {
    const { hub, connect } = serve();
    const first = connect();
    const second = connect();
    for (const room of ['a', 'b']) {
      hub.rooms.join(first.connection, room);
      hub.rooms.join(second.connection, room);
    }
    first.transport.end(1006, '', false);
    expect([...hub.rooms.members('a')]).toEqual([second.connection]);
    expect(hub.rooms.join(first.connection, 'c')).toBe(false);
    expect(hub.rooms.leave(first.connection, 'a')).toBe(false);
    second.transport.end();
    expect(hub.rooms.names()).toEqual([]);
  });

  it('remain readable on the connection after its close', () => {
    const { hub, connect } = serve();
    const { connection, transport } = connect();
    hub.rooms.join(connection, 'a');
    transport.end();
    expect([...connection.rooms]).toEqual(['a']);
  });

  it('cost a connection that joins none nothing: it shares one empty set', () => {
    const { connect } = serve();
    expect(connect().connection.rooms).toBe(connect().connection.rooms);
  });
});
