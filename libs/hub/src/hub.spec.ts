import { describe, expect, it, jest } from '@jest/globals';
import { UsageError } from '#engine';
import { MessageRouter } from './dispatch/message-router.js';
import { Hub } from './hub.js';
import { deferred } from './testing-fixtures/deferred.js';
import { connect as connectTo, serve, turn } from './testing-fixtures/fake-upgrade.js';
import { kCore } from './connection/connection-core.js';

describe('closing a hub', () => {
  it('closes every connection with the code and reason, and resolves when all have closed', async () => {
    const { hub, connect } = serve();
    const clients = [connect(), connect(), connect()];
    await hub.close({ code: 1012, reason: 'Restart' });
    for (const { transport, connection } of clients) {
      expect(transport.closes).toEqual([{ code: 1012, reason: 'Restart' }]);
      expect(await connection.closed).toEqual({ code: 1012, reason: 'Restart', wasClean: true });
    }
    expect(hub.registry.size).toBe(0);
  });

  it('resolves at once without connections, and closes 1001 by default', async () => {
    await serve().hub.close();
    const { hub, connect } = serve();
    const { transport } = connect();
    await hub.close();
    expect(transport.closes).toEqual([{ code: 1001, reason: '' }]);
  });

  it('is known from the first moment', () => {
    const { hub, endpoint } = serve();
    void hub.close();
    expect(hub.closing).toBe(true);
    expect(endpoint.accepting).toBe(false);
  });

  it('waits for the disconnect hooks', async () => {
    const gate = deferred();
    let resolved = false;
    const { hub, connect } = serve({}, { hooks: { disconnect: () => gate.promise } });
    connect();
    const closed = hub.close().then(() => (resolved = true));
    await turn();
    expect(hub.registry.size).toBe(0);
    expect(resolved).toBe(false);
    gate.resolve();
    await closed;
  });

  it('terminates at the deadline those who do not answer, and nobody before', async () => {
    const { hub, connect } = serve();
    const deaf = connect();
    const polite = connect();
    deaf.transport.answersClose = false;
    const closed = hub.close({ deadline: 20 });
    await polite.connection.closed;
    expect(deaf.transport.terminated).toBe(false);
    await closed;
    expect(deaf.transport.terminated).toBe(true);
    expect(polite.transport.terminated).toBe(false);
    expect(hub.registry.size).toBe(0);
  });

  it('does not wait past the deadline for a hook that never settles', async () => {
    const { hub, connect } = serve({}, { hooks: { disconnect: () => new Promise(() => {}) } });
    connect();
    await hub.close({ deadline: 5 });
    expect(hub.registry.size).toBe(0);
  });

  it('closes connections whose connect hook has not settled, too', async () => {
    const gate = deferred();
    const { hub, connect } = serve({}, { hooks: { connect: () => gate.promise } });
    const { transport } = connect();
    const closed = hub.close();
    await turn();
    expect(transport.closes).toHaveLength(1);
    expect(transport.paused).toBe(false);
    gate.resolve();
    await closed;
  });

  it('happens once: a second call waits for the first', async () => {
    const { hub, connect } = serve();
    const { transport } = connect();
    const first = hub.close({ code: 1012 });
    expect(hub.close({ code: 1001 })).toBe(first);
    await first;
    expect(transport.closes).toHaveLength(1);
  });

  it('refuses a code that may not be sent and a reason over 123 bytes, and stays open', () => {
    const { hub } = serve();
    for (const code of [0, 999, 1005, 1006, 2000, 5000, Number.NaN]) {
      expect(() => hub.close({ code })).toThrow(UsageError);
    }
    expect(() => hub.close({ reason: 'é'.repeat(62) })).toThrow(UsageError);
    expect(hub.closing).toBe(false);
    void hub.close({ reason: 'é'.repeat(61) });
  });
});

describe('a hub without an error reporter', () => {
  it('makes unexpected errors process warnings, and what peers do to transports none', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const hub = new Hub();
    const say = {
      event: 'say',
      handle: () => {
        throw new Error('broken');
      },
    };
    const { connection, transport } = connectTo(hub.endpoint({ router: new MessageRouter([say]) }));
    connection[kCore].onError(new Error('ECONNRESET'));
    transport.event('say');
    expect(warn.mock.calls).toEqual([
      [
        'Cannot finish message "say": an error was not handled',
        { code: 'NESTWIRE_UNHANDLED', detail: expect.stringContaining('broken') },
      ],
    ]);
    warn.mockRestore();
  });
});
