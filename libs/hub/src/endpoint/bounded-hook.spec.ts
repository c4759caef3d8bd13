import { describe, expect, it } from '@jest/globals';
import { deferred } from '../testing-fixtures/deferred.js';
import type { FakeTransport } from '../testing-fixtures/fake-transport.js';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import type { EndpointHooks, RecurringHook } from './endpoint-hooks.js';

/** Hooks of which one kind is there. */
function only(name: RecurringHook, hook: (...args: unknown[]) => unknown): EndpointHooks {
  return { [name]: hook };
}

/** Makes what the hook is for happen. */
const CAUSES: Readonly<Record<RecurringHook, (transport: FakeTransport) => void>> = {
  ping: (transport) => transport.peerPings('hi'),
  pong: (transport) => transport.peerPongs('hi'),
  drain: (transport) => transport.drain(),
};
const NAMES: readonly RecurringHook[] = ['ping', 'pong', 'drain'];

describe.each(NAMES)('the %s hook', (name) => {
  const cause = CAUSES[name];

  it('is called with the connection and what came', () => {
    const calls: unknown[][] = [];
    const hooks = only(name, (...args) => void calls.push(args));
    const { connection, transport } = serve({}, { hooks }).connect();
    cause(transport);
    cause(transport);
    const call = name === 'drain' ? [connection] : [connection, Buffer.from('hi')];
    expect(calls).toEqual([call, call]);
  });

  it('does not run before the connect hook has settled', async () => {
    const gate = deferred();
    let calls = 0;
    const hooks: EndpointHooks = { ...only(name, () => calls++), connect: () => gate.promise };
    const { transport } = serve({}, { hooks }).connect();
    // As a transport would that reads nothing but has parsed something already.
    transport.paused = false;
    cause(transport);
    gate.resolve();
    await turn();
    expect(calls).toBe(0);
    cause(transport);
    expect(calls).toBe(1);
  });

  it('does not run for a connection that was refused, is closing or has closed', () => {
    let calls = 0;
    let refuse = false;
    const { connect } = serve(
      {},
      {
        hooks: {
          ...only(name, () => calls++),
          connect: () => {
            if (refuse) throw new Error('not you');
          },
        },
      },
    );
    const { connection, transport } = connect();
    transport.answersClose = false;
    connection.close();
    cause(transport);
    transport.end();
    cause(transport);
    refuse = true;
    cause(connect().transport);
    expect(calls).toBe(0);
  });

  it('is called once at a time for each connection, however often it is caused', async () => {
    const gate = deferred();
    const calls: unknown[] = [];
    const hooks = only(name, (connection) => {
      calls.push(connection);
      return gate.promise;
    });
    const { connect } = serve({}, { hooks });
    const first = connect();
    for (let n = 0; n < 1_000; n++) cause(first.transport);
    expect(calls).toEqual([first.connection]);
    const second = connect();
    cause(second.transport);
    expect(calls).toEqual([first.connection, second.connection]);
    gate.resolve();
    await turn();
    cause(first.transport);
    expect(calls.filter((connection) => connection === first.connection).length).toBeGreaterThan(1);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('that %s is reported, ends nothing and runs the next time', async (_, hook) => {
    const { connect, reports } = serve({ say: () => 'said' }, { hooks: only(name, hook) });
    const { connection, transport } = connect();
    cause(transport);
    await turn();
    cause(transport);
    await turn();
    const report = { error: new Error('broken'), context: { phase: name, connection } };
    expect(reports).toEqual([report, report]);
    transport.event('say');
    expect(transport.frames).toEqual([{ event: 'say', data: 'said' }]);
  });
});

describe('what comes while a hook is at work', () => {
  it.each<[RecurringHook, number]>([
    ['ping', 1],
    ['pong', 1],
    ['drain', 2],
  ])('%s: makes %i calls of three', async (name, expected) => {
    const gate = deferred();
    let calls = 0;
    const hooks = only(name, () => {
      calls++;
      return gate.promise;
    });
    const { transport } = serve({}, { hooks }).connect();
    for (let n = 0; n < 3; n++) CAUSES[name](transport);
    gate.resolve();
    await turn();
    expect(calls).toBe(expected);
  });

  it('is forgotten when the connection closes before', async () => {
    const gate = deferred();
    let calls = 0;
    const hooks = only('drain', () => {
      calls++;
      return gate.promise;
    });
    const { transport } = serve({}, { hooks }).connect();
    transport.drain();
    transport.drain();
    transport.end();
    gate.resolve();
    await turn();
    expect(calls).toBe(1);
  });

  it('does not call a synchronous hook from within itself', () => {
    let depth = 0;
    let deepest = 0;
    let left = 3;
    const hooks = only('drain', () => {
      depth++;
      deepest = Math.max(deepest, depth);
      if (left-- > 0) transport.drain();
      depth--;
    });
    const { transport } = serve({}, { hooks }).connect();
    transport.drain();
    expect({ deepest, left }).toEqual({ deepest: 1, left: -1 });
  });
});

describe('the error hook', () => {
  it('gets what the transport reports, before the disconnect hook, and may fail', async () => {
    const order: unknown[] = [];
    const error = new Error('ECONNRESET');
    const { connect, reports } = serve(
      {},
      {
        hooks: {
          error: (_, reported) => {
            order.push(reported);
            return Promise.reject(new Error('broken'));
          },
          disconnect: () => void order.push('disconnect'),
        },
      },
    );
    const { transport } = connect();
    transport.fail(error);
    transport.end(1006, '', false);
    await turn();
    expect(order).toEqual([error, 'disconnect']);
    expect(reports.map(({ context }) => context.phase)).toEqual(['transport', 'error']);
  });

  it('runs while the connect hook is at work', async () => {
    const gate = deferred();
    const errors: Error[] = [];
    const { connect } = serve(
      {},
      {
        hooks: {
          connect: () => gate.promise,
          error: (_, error) => void errors.push(error),
        },
      },
    );
    const error = new Error('ECONNRESET');
    connect().transport.fail(error);
    expect(errors).toEqual([error]);
    gate.resolve();
    await turn();
  });
});
