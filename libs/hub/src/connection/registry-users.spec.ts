import { describe, expect, it } from '@jest/globals';
import { UsageError } from '#engine';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';

const userId = (user: unknown): string | undefined =>
  typeof user === 'string' ? user.toUpperCase() : undefined;

describe('connections of users', () => {
  it('are found by the id of the user, all of them, until they close', () => {
    const { hub, connect } = serve();
    const tabs = [connect({ user: { id: 7 } }), connect({ user: { id: 7 } })];
    const other = connect({ user: { id: 8 } });
    expect([...hub.registry.byUser('7')]).toEqual(tabs.map(({ connection }) => connection));
    expect(hub.registry.users).toBe(2);
    expect([...hub.registry.userIds()]).toEqual(['7', '8']);
    tabs[0]?.transport.end();
    expect(hub.registry.byUser('7').size).toBe(1);
    tabs[1]?.transport.end();
    other.transport.end(1006, '', false);
    expect(hub.registry.users).toBe(0);
    expect(hub.registry.byUser('7').size).toBe(0);
    expect(other.connection.userId).toBe('8');
  });

  it('follow a user who signs in, changes and signs out on an open connection', () => {
    const { hub, connect } = serve();
    const { connection } = connect();
    expect(connection.userId).toBeUndefined();
    connection.user = 'ada';
    expect([...hub.registry.byUser('ada')]).toEqual([connection]);
    connection.user = { sub: 'bob' };
    expect(hub.registry.byUser('ada').size).toBe(0);
    expect(hub.registry.find({ user: 'bob' })).toBe(connection);
    connection.user = undefined;
    expect(hub.registry.users).toBe(0);
  });

  it('stay out of the registry when the user is set after the close', () => {
    const { hub, connect } = serve();
    const { connection, transport } = connect();
    transport.end();
    connection.user = 'ada';
    expect(hub.registry.users).toBe(0);
  });

  it('are found by an id the application says how to read', () => {
    const { hub, connect } = serve({}, {}, { userId });
    connect({ user: 'ada' });
    expect(hub.registry.byUser('ADA').size).toBe(1);
  });

  it.each(['__proto__', 'constructor', 'toString'])('may be those of a user named %s', (user) => {
    const { hub, connect } = serve();
    expect(hub.registry.byUser(user).size).toBe(0);
    connect({ user });
    expect(hub.registry.byUser(user).size).toBe(1);
  });
});

describe('tags', () => {
  it('label connections, which are found by them until they close', () => {
    const { hub, connect } = serve();
    const { connection, transport } = connect();
    hub.registry.tag(connection, 'beta', 'eu');
    expect([...connection.tags]).toEqual(['beta', 'eu']);
    expect([...hub.registry.byTag('eu')]).toEqual([connection]);
    hub.registry.untag(connection, 'beta', 'unknown');
    expect(hub.registry.byTag('beta').size).toBe(0);
    transport.end();
    expect(hub.registry.byTag('eu').size).toBe(0);
    hub.registry.tag(connection, 'late');
    expect(hub.registry.byTag('late').size).toBe(0);
  });

  it('are at most 64, of 1 to 256 characters; one too many changes nothing', () => {
    const { hub, connect } = serve();
    const { connection } = connect();
    const many = Array.from({ length: 65 }, (_, index) => `t${index}`);
    expect(() => hub.registry.tag(connection, ...many)).toThrow(UsageError);
    expect(() => hub.registry.tag(connection, 'good', '')).toThrow(UsageError);
    expect(() => hub.registry.tag(connection, 'x'.repeat(257))).toThrow(UsageError);
    expect(connection.tags.size).toBe(0);
    expect(hub.registry.byTag('good').size).toBe(0);
    hub.registry.tag(connection, ...many.slice(1));
    expect(connection.tags.size).toBe(64);
  });
});

function crowd() {
  const { hub, connect } = serve();
  const clients = ['ada', 'ada', 'bob', undefined].map((user) => connect({ user }));
  const [first, second, third] = clients.map(({ connection }) => connection);
  if (first === undefined || second === undefined || third === undefined) throw new Error();
  hub.registry.tag(first, 'vip');
  hub.registry.tag(third, 'vip');
  hub.rooms.join(second, 'lobby');
  return { hub, clients, first, second, third };
}

describe('selecting connections', () => {
  it('takes user, tag, room, path and a predicate, all of which must hold', () => {
    const { hub, first, second, third } = crowd();
    expect(hub.registry.findAll({ user: 'ada' })).toEqual([first, second]);
    expect(hub.registry.findAll({ tag: 'vip' })).toEqual([first, third]);
    expect(hub.registry.findAll({ user: 'ada', tag: 'vip' })).toEqual([first]);
    expect(hub.registry.findAll({ room: 'lobby' })).toEqual([second]);
    expect(hub.registry.findAll({ path: '/elsewhere' })).toEqual([]);
    expect(hub.registry.findAll({ path: '/', where: (one) => one !== first })).toHaveLength(3);
    expect(hub.registry.count()).toBe(4);
    expect(hub.registry.count({ user: 'bob' })).toBe(1);
    expect(hub.registry.count((one) => one.userId === undefined)).toBe(1);
  });

  it('disconnects who is meant, with a code and a reason', () => {
    const { hub, clients } = crowd();
    expect(hub.registry.disconnect({ tag: 'vip' }, 4403, 'No more')).toBe(2);
    expect(hub.registry.disconnectUser('ada', 4401)).toBe(2);
    expect(hub.registry.disconnect(() => false)).toBe(0);
    expect(clients.map(({ transport }) => transport.closes)).toEqual([
      [{ code: 4403, reason: 'No more' }],
      [{ code: 4401, reason: '' }],
      [{ code: 4403, reason: 'No more' }],
      [],
    ]);
  });

  it('checks code and reason before anybody is disconnected', () => {
    const { hub, clients } = crowd();
    expect(() => hub.registry.disconnect({}, 1006)).toThrow(UsageError);
    expect(() => hub.registry.disconnect({}, 4000, 'x'.repeat(124))).toThrow(UsageError);
    expect(clients.every(({ transport }) => transport.closes.length === 0)).toBe(true);
  });

  it('goes through thousands without holding up the process, whoever leaves meanwhile', async () => {
    const { hub, connect } = serve();
    const clients = Array.from({ length: 1_000 }, () => connect());
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    let seen = 0;
    for await (const connection of hub.registry) {
      seen++;
      if (seen === 1) clients[999]?.transport.end();
      expect(connection).not.toBe(clients[999]?.connection);
    }
    clearInterval(counting);
    expect(seen).toBe(999);
  });
});

describe('observers of users', () => {
  it('hear of the first connection of a user and of the last', async () => {
    const { hub, connect, reports } = serve();
    const told: string[] = [];
    hub.registry.observe({
      online: (id) => told.push(`+${id}`),
      offline: (id) => told.push(`-${id}`),
    });
    const stop = hub.registry.observe({
      online: () => {
        throw new Error('observer');
      },
    });
    const first = connect({ user: 'ada' });
    const second = connect({ user: 'ada' });
    expect(told).toEqual(['+ada']);
    second.connection.user = { id: 'bob' };
    expect(told).toEqual(['+ada', '+bob']);
    first.connection.user = undefined;
    second.transport.end();
    await turn();
    expect(told).toEqual(['+ada', '+bob', '-ada', '-bob']);
    expect(reports).toHaveLength(2);
    stop();
    connect({ user: 'ada' });
    expect(reports).toHaveLength(2);
  });
});
