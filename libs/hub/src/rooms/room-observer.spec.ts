import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../connection/connection.js';
import { serve } from '../testing-fixtures/fake-upgrade.js';

function observed() {
  const served = serve();
  const told: string[] = [];
  const names = new Map<Connection, string>();
  const stop = served.hub.rooms.observe({
    created: (room) => told.push(`${room} created`),
    joined: (room, connection) => told.push(`${names.get(connection)} joined ${room}`),
    left: (room, connection) => told.push(`${names.get(connection)} left ${room}`),
    emptied: (room) => told.push(`${room} emptied`),
  });
  const join = (name: string) => {
    const client = served.connect();
    names.set(client.connection, name);
    return client;
  };
  return { ...served, told, stop, join };
}

describe('observers of rooms', () => {
  it('hear of rooms that come and go and of their members, each once', () => {
    const { hub, told, join } = observed();
    const ada = join('Ada');
    const bob = join('Bob');
    hub.rooms.join(ada.connection, 'lobby');
    hub.rooms.join(ada.connection, 'lobby');
    hub.rooms.join(bob.connection, 'lobby');
    hub.rooms.leave(ada.connection, 'lobby');
    hub.rooms.leave(ada.connection, 'lobby');
    bob.transport.end(1006, '', false);
    expect(told).toEqual([
      'lobby created',
      'Ada joined lobby',
      'Bob joined lobby',
      'Ada left lobby',
      'Bob left lobby',
      'lobby emptied',
    ]);
  });

  it('hear nothing any more once they have stopped', () => {
    const { hub, told, stop, join } = observed();
    stop();
    hub.rooms.join(join('Ada').connection, 'lobby');
    expect(told).toEqual([]);
  });

  it('that throw are reported, and change nothing for anybody', () => {
    const { hub, reports, told, join } = observed();
    const ada = join('Ada');
    hub.rooms.observe({
      joined: () => {
        throw new Error('observer');
      },
    });
    expect(hub.rooms.join(ada.connection, 'lobby')).toBe(true);
    expect(told).toEqual(['lobby created', 'Ada joined lobby']);
    expect(reports.map(({ error }) => String(error))).toEqual(['Error: observer']);
  });

  it('may use the rooms: who leaves is put into another, and a refilled room is not empty', () => {
    const { hub, told, join } = observed();
    const ada = join('Ada');
    const bob = join('Bob');
    hub.rooms.observe({
      left: (room) => {
        if (room === 'lobby') hub.rooms.join(bob.connection, 'lobby');
      },
    });
    hub.rooms.join(ada.connection, 'lobby');
    ada.transport.end();
    expect([...hub.rooms.members('lobby')]).toEqual([bob.connection]);
    expect(told).not.toContain('lobby emptied');
  });

  it('may take a newcomer out at once: it is not in the room, and present in none', async () => {
    const { hub, join } = observed();
    const ada = join('Ada');
    hub.rooms.observe({ joined: (room, one) => void hub.rooms.leave(one, room) });
    expect(hub.rooms.join(ada.connection, 'lobby')).toBe(false);
    expect(await hub.presence.track(ada.connection, 'lobby')).toBe(false);
    ada.transport.end();
    expect(hub.presence.size).toBe(0);
    expect(await hub.presence.people('lobby')).toEqual([]);
  });

  it('a member that closes itself while a broadcast runs leaves registry and rooms empty', () => {
    const { hub, join } = observed();
    const clients = ['a', 'b', 'c'].map((name) => join(name));
    for (const { connection, transport } of clients) {
      hub.rooms.join(connection, 'lobby');
      transport.onSend = () => {
        for (const other of clients) other.transport.end(1006, '', false);
      };
    }
    expect(hub.rooms.to('lobby').send('said').closed).toBe(0);
    expect(hub.registry.size).toBe(0);
    expect(hub.rooms.names()).toEqual([]);
    expect(hub.rooms.count).toBe(0);
  });

  it('leaving all rooms at once empties them', () => {
    const { hub, join } = observed();
    const { connection } = join('Ada');
    for (const room of ['a', 'b', 'c']) hub.rooms.join(connection, room);
    expect(hub.rooms.leaveAll(connection)).toBe(3);
    expect(hub.rooms.names()).toEqual([]);
  });
});
