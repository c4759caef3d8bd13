import { describe, expect, it } from '@jest/globals';
import { serve } from '../testing-fixtures/fake-upgrade.js';

describe('the connection registry', () => {
  it('finds open connections by id and by predicate', () => {
    const { hub, connect } = serve();
    const ada = connect({ user: 'Ada' }).connection;
    const bob = connect({ user: 'Bob' }).connection;
    expect(hub.registry.size).toBe(2);
    expect(hub.registry.get(ada.id)).toBe(ada);
    expect(hub.registry.has(bob.id)).toBe(true);
    expect(hub.registry.find((connection) => connection.user === 'Bob')).toBe(bob);
    expect(hub.registry.find((connection) => connection.user === 'Eve')).toBeUndefined();
    expect([...hub.registry]).toEqual([ada, bob]);
  });

  it('knows nothing of ids that are names of Object.prototype', () => {
    const { hub } = serve();
    expect(hub.registry.get('__proto__')).toBeUndefined();
    expect(hub.registry.has('constructor')).toBe(false);
  });

  it('forgets a connection when it closes', () => {
    const { hub, connect } = serve();
    const { connection, transport } = connect();
    transport.end(1006, '', false);
    expect(hub.registry.size).toBe(0);
    expect(hub.registry.get(connection.id)).toBeUndefined();
  });

  it('can be iterated while connections close', () => {
    const { hub, connect } = serve();
    const clients = Array.from({ length: 10 }, () => connect());
    let seen = 0;
    for (const connection of hub.registry) {
      seen++;
      clients.find((client) => client.connection === connection)?.transport.end();
    }
    expect(seen).toBe(10);
    expect(hub.registry.size).toBe(0);
  });
});
