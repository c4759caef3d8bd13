import { describe, expect, it, jest } from '@jest/globals';
import { LimitError } from '#engine';
import type { Connection } from '../connection/connection.js';
import type { CloseInfo } from '../connection/state/connection-end.js';
import { deferred } from '../testing-fixtures/deferred.js';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import { WireError } from '../wire/wire-error.js';
import { kCore } from '../connection/connection-core.js';

describe('the connect hook', () => {
  it('runs synchronously when it is synchronous, without a pause', () => {
    const connected: Connection[] = [];
    const { connect } = serve(
      {},
      { hooks: { connect: (connection) => void connected.push(connection) } },
    );
    const { connection, transport } = connect();
    expect(connected).toEqual([connection]);
    expect(transport.pauses).toBe(0);
  });

  it('is awaited: nothing is dispatched before, everything held back after', async () => {
    const gate = deferred();
    const handled: unknown[] = [];
    const { connect } = serve(
      { say: (_, data) => void handled.push(data) },
      { hooks: { connect: () => gate.promise } },
    );
    const { transport } = connect();
    transport.event('say', 1);
    transport.event('say', 2);
    await turn();
    expect(transport.paused).toBe(true);
    expect(handled).toEqual([]);
    gate.resolve();
    await turn();
    expect(transport.paused).toBe(false);
    expect(handled).toEqual([1, 2]);
  });

  it('may send before it has finished', async () => {
    const { connect } = serve(
      {},
      {
        hooks: {
          connect: async (connection) => {
            await turn();
            connection.send('history', []);
          },
        },
      },
    );
    const { transport } = connect();
    await turn();
    await turn();
    expect(transport.frames).toEqual([{ event: 'history', data: [] }]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new WireError('FORBIDDEN', 'Not for you');
      },
      1008,
      'Not for you',
    ],
    [
      'rejects',
      () => Promise.reject(new WireError('FORBIDDEN', 'Not for you')),
      1008,
      'Not for you',
    ],
    [
      'throws what nobody expected',
      () => {
        throw new Error('secret');
      },
      1011,
      'Internal server error',
    ],
    [
      'rejects with what nobody expected',
      () => Promise.reject(new Error('secret')),
      1011,
      'Internal server error',
    ],
    ['rejects with nothing', () => Promise.reject(), 1011, 'Internal server error'],
    [
      'throws a limit',
      () => {
        throw new LimitError('Too many', 'WS_ERR', 1013);
      },
      1013,
      'Too many',
    ],
  ])(
    'that %s closes with the right code after an exception frame',
    async (_, hook, code, reason) => {
      let handled = 0;
      const { hub, connect, reports } = serve(
        { say: () => void handled++ },
        { hooks: { connect: hook } },
      );
      const { connection, transport } = connect();
      transport.event('say');
      await connection.closed;
      expect(transport.closes).toEqual([{ code, reason }]);
      expect(transport.frames[0]?.event).toBe('exception');
      expect(JSON.stringify(transport.frames)).not.toContain('secret');
      expect(handled).toBe(0);
      expect(hub.registry.size).toBe(0);
      expect(reports.map((report) => report.context.phase)).toEqual(
        code === 1011 ? ['connect'] : [],
      );
    },
  );

  it('gives the code as the reason when the message is longer than a Close frame may be', async () => {
    const fits = 'é'.repeat(61) + 'a';
    for (const [message, reason] of [
      [fits, fits],
      [`${fits}a`, 'FORBIDDEN'],
    ] as const) {
      const { connect } = serve(
        {},
        { hooks: { connect: () => Promise.reject(new WireError('FORBIDDEN', message)) } },
      );
      const { connection, transport } = connect();
      await connection.closed;
      expect(transport.closes[0]?.reason).toBe(reason);
    }
  });

  it('that takes too long closes 1013, and its later end changes nothing', async () => {
    const gate = deferred();
    const disconnected = jest.fn();
    const { connect } = serve(
      {},
      { hooks: { connect: () => gate.promise, disconnect: disconnected }, connectTimeout: 5 },
    );
    const { connection, transport } = connect();
    const { code } = await connection.closed;
    expect(code).toBe(1013);
    expect(transport.frames[0]?.data).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    gate.resolve();
    await turn();
    expect(disconnected).toHaveBeenCalledTimes(1);
    expect(transport.closes).toHaveLength(1);
  });

  it('sees its signal abort when the client leaves in the middle', async () => {
    let aborted = false;
    const { connect } = serve(
      {},
      {
        hooks: {
          connect: (connection) =>
            new Promise<void>((resolve) => {
              connection.signal.addEventListener('abort', () => {
                aborted = true;
                resolve();
              });
            }),
        },
      },
    );
    connect().transport.end();
    await turn();
    expect(aborted).toBe(true);
  });
});

describe('the disconnect hook', () => {
  it('runs once, with how the connection ended and the rooms it was in', () => {
    const seen: { info: CloseInfo; rooms: string[]; members: number }[] = [];
    const { hub, connect } = serve(
      {},
      {
        hooks: {
          disconnect: (connection, info) => {
            seen.push({ info, rooms: [...connection.rooms], members: hub.rooms.size('lobby') });
          },
        },
      },
    );
    const { connection, transport } = connect();
    hub.rooms.join(connection, 'lobby');
    transport.end(1001, 'Gone', true);
    connection[kCore].onClose(1006, '', false);
    expect(seen).toEqual([
      { info: { code: 1001, reason: 'Gone', wasClean: true }, rooms: ['lobby'], members: 0 },
    ]);
  });

  it('waits for a connect hook in progress, so that it can undo it, and runs once', async () => {
    const order: string[] = [];
    const gate = deferred();
    const { connect } = serve(
      {},
      {
        hooks: {
          connect: async () => {
            await gate.promise;
            order.push('connected');
          },
          disconnect: () => void order.push('disconnected'),
        },
      },
    );
    const { transport } = connect();
    transport.end();
    await turn();
    expect(order).toEqual([]);
    gate.resolve();
    await turn();
    expect(order).toEqual(['connected', 'disconnected']);
  });

  it('runs once after a connect hook that failed while the client left', async () => {
    const gate = deferred();
    const disconnected = jest.fn();
    const { connect, reports } = serve(
      {},
      { hooks: { connect: () => gate.promise, disconnect: disconnected } },
    );
    const { transport } = connect();
    transport.end();
    gate.reject(new Error('database'));
    await turn();
    expect(disconnected).toHaveBeenCalledTimes(1);
    expect(reports).toHaveLength(1);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('that %s is reported and ends nothing', async (_, hook) => {
    const { connect, reports } = serve({}, { hooks: { disconnect: hook } });
    connect().transport.end();
    await turn();
    expect(reports.map((report) => report.context.phase)).toEqual(['disconnect']);
  });
});
