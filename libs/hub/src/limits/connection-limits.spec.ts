import { describe, expect, it } from '@jest/globals';
import { HandshakeError, UsageError } from '#engine';
import { serve } from '../testing-fixtures/fake-upgrade.js';
import { ConnectionLimits } from './connection-limits.js';

const full = expect.objectContaining({
  status: 503,
  code: 'WS_ERR_TOO_MANY_CONNECTIONS',
  headers: { 'Retry-After': '5' },
});

/** What `call` throws. */
function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

const NOBODY = { of: () => 0 };

describe('limits of connections', () => {
  it('refuse one more than the total with 503, before the upgrade is accepted', () => {
    const { hub, connect } = serve({}, {}, { connections: { total: 2 } });
    const first = connect();
    connect();
    expect(thrown(connect)).toEqual(full);
    expect(hub.registry.size).toBe(2);
    first.transport.end();
    connect();
    expect(hub.stats.connections).toEqual({
      open: 2,
      pending: 0,
      accepted: 3,
      refused: { total: 1, ip: 0, user: 0, pending: 0 },
    });
  });

  it('count by address, a /64 network as one', () => {
    const { hub, connect } = serve({}, {}, { connections: { perIp: 1 } });
    connect({ ip: '2001:db8::1' });
    expect(thrown(() => connect({ ip: '2001:db8::2' }))).toEqual(full);
    connect({ ip: '192.0.2.1' });
    expect(thrown(() => connect({ ip: '::ffff:192.0.2.1' }))).toEqual(full);
    expect(hub.stats.connections.refused.ip).toBe(2);
  });

  it('count by user: 503 when the user is known before the upgrade', () => {
    const { connect } = serve({}, {}, { connections: { perUser: 2 } });
    const { transport } = connect({ user: { id: 'ada' } });
    connect({ user: { id: 'ada' } });
    expect(thrown(() => connect({ user: { id: 'ada' } }))).toEqual(full);
    connect({ user: { id: 'bob' } });
    connect();
    transport.end();
    connect({ user: { id: 'ada' } });
  });

  it('count by user: 1013 when the user signs in after it', () => {
    const { hub, connect } = serve(
      {},
      { hooks: { connect: (connection) => void (connection.user = 'ada') } },
      { connections: { perUser: 1 } },
    );
    const first = connect();
    const second = connect();
    expect(first.transport.closes).toEqual([]);
    expect(second.transport.closes).toEqual([
      { code: 1013, reason: 'Too many connections of this user' },
    ]);
    expect(hub.stats.connections.refused.user).toBe(1);
  });

  it('count upgrades that wait for a decision, and let go of each once', () => {
    const limits = new ConnectionLimits({ pendingPerIp: 2 }, NOBODY);
    const [first] = [limits.begin('192.0.2.1'), limits.begin('192.0.2.1')];
    expect(thrown(() => limits.begin('192.0.2.1'))).toEqual(full);
    const other = limits.begin('192.0.2.2');
    first();
    first();
    const third = limits.begin('192.0.2.1');
    expect(thrown(() => limits.begin('192.0.2.1'))).toEqual(full);
    expect(limits.stats).toMatchObject({ pending: 3, refused: { pending: 2 } });
    for (const decided of [other, third]) decided();
  });

  it('count clients that were refused in frames beside, so that they keep nobody from being let in', () => {
    const limits = new ConnectionLimits({ pendingPerIp: 2 }, NOBODY);
    const [first, second] = [limits.leaving('192.0.2.1'), limits.leaving('192.0.2.1')];
    expect(limits.leaving('192.0.2.1')).toBeUndefined();
    const decided = limits.begin('192.0.2.1');
    first?.();
    first?.();
    expect(limits.leaving('192.0.2.1')).toBeUndefined();
    decided();
    const third = limits.leaving('192.0.2.1');
    expect(limits.stats).toMatchObject({ pending: 2, refused: { pending: 0 } });
    expect(limits.idle).toBe(false);
    for (const gone of [second, third]) gone?.();
    expect(limits.idle).toBe(true);
  });

  it('refuse an upgrade at once when there are enough connections already', () => {
    const limits = new ConnectionLimits({ total: 1 }, NOBODY);
    limits.opened('192.0.2.1');
    expect(thrown(() => limits.begin('192.0.2.2'))).toBeInstanceOf(HandshakeError);
    expect(limits.stats.pending).toBe(0);
    limits.closed('192.0.2.1');
    limits.begin('192.0.2.2')();
    expect(limits.idle).toBe(true);
  });

  it('are whole numbers from 0, which means none', () => {
    expect(() => new ConnectionLimits({ total: -1 }, NOBODY)).toThrow(UsageError);
    expect(() => new ConnectionLimits({ perIp: 1.5 }, NOBODY)).toThrow('connections.perIp');
    const none = new ConnectionLimits({ pendingPerIp: 0 }, NOBODY);
    for (let count = 0; count < 5_000; count++) none.begin('192.0.2.1');
    expect(none.stats.pending).toBe(5_000);
  });
});
