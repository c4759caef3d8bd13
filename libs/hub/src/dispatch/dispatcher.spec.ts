import { describe, expect, it } from '@jest/globals';
import { deferred, type Deferred } from '../testing-fixtures/deferred.js';
import { connect as connectTo, serve, turn } from '../testing-fixtures/fake-upgrade.js';
import { WireError } from '../wire/wire-error.js';
import { MessageRouter } from './message-router.js';
import { kCore } from '../connection/connection-core.js';

/** A server whose event `wait` is answered when the test says so. */
function waiting(config = {}) {
  const started: unknown[] = [];
  const pending: Deferred<unknown>[] = [];
  const server = serve(
    {
      wait: (_, data) => {
        started.push(data);
        const answer = deferred<unknown>();
        pending.push(answer);
        return answer.promise;
      },
      now: (_, data) => {
        started.push(data);
        return data;
      },
    },
    config,
  );
  return { ...server, ...server.connect(), started, pending };
}

describe('dispatching', () => {
  it('answers a synchronous handler in the same call, without making any work for the lane', () => {
    const { connect } = serve({ now: (_, data) => data });
    const { connection, transport } = connect();
    transport.event('now', 1);
    expect(transport.sent).toHaveLength(1);
    expect(connection[kCore].work).toBeUndefined();
  });

  it('gives the handler the connection, the data and the envelope, and no signal unasked', () => {
    let seen: unknown[] = [];
    const { connect } = serve({ say: (...all) => void (seen = all) });
    const { connection, transport } = connect();
    transport.event('say', { a: 1 }, 7);
    expect(seen).toEqual([
      connection,
      { a: 1 },
      { event: 'say', data: { a: 1 }, id: 7 },
      undefined,
    ]);
  });

  it('answers in the order of the requests, one handler at a time', async () => {
    const { transport, started, pending } = waiting();
    transport.event('wait', 'a', 1);
    transport.event('now', 'b', 2);
    transport.event('wait', 'c', 3);
    transport.event('now', 'd', 4);
    expect(started).toEqual(['a']);
    pending[0]?.resolve('A');
    await turn();
    expect(started).toEqual(['a', 'b', 'c']);
    pending[1]?.resolve('C');
    await turn();
    expect(transport.frames.map((frame) => frame.id)).toEqual([1, 2, 3, 4]);
    expect(transport.frames.map((frame) => frame.data)).toEqual(['A', 'b', 'C', 'd']);
  });

  it('runs as many handlers at a time as it may and no more', async () => {
    const { transport, started, pending } = waiting({ concurrency: 2 });
    for (const data of ['a', 'b', 'c']) transport.event('wait', data);
    expect(started).toEqual(['a', 'b']);
    pending[1]?.resolve('B');
    await turn();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('pauses the connection at 64 waiting messages and resumes below 32', async () => {
    const { transport, pending } = waiting();
    transport.event('wait');
    for (let waits = 1; waits <= 63; waits++) transport.event('wait');
    expect(transport.paused).toBe(false);
    transport.event('wait');
    expect(transport.paused).toBe(true);
    for (let done = 0; done < 32; done++) {
      pending[done]?.resolve(null);
      await turn();
    }
    expect(transport.paused).toBe(true);
    pending[32]?.resolve(null);
    await turn();
    expect(transport.paused).toBe(false);
  });

  it('pauses the connection at 256 KiB of waiting messages, as they came', async () => {
    const { transport, started } = waiting();
    const event = (data: string): void => transport.event('wait', data);
    event('x'.repeat(1000 * 1024));
    expect(started).toHaveLength(1);
    event('é'.repeat(100 * 1024));
    expect(transport.paused).toBe(false);
    event('é'.repeat(28 * 1024));
    expect(transport.paused).toBe(true);
  });

  it('loses and reorders nothing when a client sends far more than fits', async () => {
    const { connect } = serve(
      { wait: async (_, data) => turn().then(() => data) },
      { queueSize: 4 },
    );
    const { transport } = connect();
    for (let id = 0; id < 100; id++) transport.event('wait', id, id);
    while (transport.sent.length < 100) await turn();
    expect(transport.frames.map((frame) => frame.id)).toEqual(
      Array.from({ length: 100 }, (_, id) => id),
    );
    expect(transport.pauses).toBeGreaterThan(1);
  });

  it('keeps 20,000 messages at a handler that never settles to one under way and 64 waiting', () => {
    const { connection, transport, started, hub } = waiting();
    for (let message = 0; message < 20_000; message++) transport.event('wait', message);
    expect(started).toHaveLength(1);
    expect(connection[kCore].work).toMatchObject({ lane: { running: 1, queued: 64 } });
    transport.end();
    expect(connection[kCore].work).toMatchObject({ lane: { queued: 0 } });
    expect(hub.registry.size).toBe(0);
  });

  it('goes on after a handler that rejects or throws', async () => {
    const { connect } = serve({
      reject: () => Promise.reject(new WireError('BAD_REQUEST', 'No')),
      throw: () => {
        throw new WireError('BAD_REQUEST', 'No');
      },
      now: () => 'fine',
    });
    const { transport } = connect();
    transport.event('reject', null, 1);
    transport.event('throw', null, 2);
    transport.event('now', null, 3);
    await turn();
    expect(transport.frames.map((frame) => [frame.event, frame.id])).toEqual([
      ['exception', 1],
      ['exception', 2],
      ['now', 3],
    ]);
  });

  it('takes any thenable for a promise, even one that throws or calls back twice', async () => {
    const { connect } = serve({
      twice: () => ({
        // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what this is about
        then: (resolve: (value: unknown) => void) => {
          resolve(1);
          resolve(2);
        },
      }),
      throws: () => ({
        // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what this is about
        then: () => {
          throw new WireError('BAD_REQUEST', 'No');
        },
      }),
    });
    const { transport } = connect();
    transport.event('twice', null, 1);
    transport.event('throws', null, 2);
    await turn();
    expect(transport.frames.map((frame) => [frame.event, frame.id])).toEqual([
      ['twice', 1],
      ['exception', 2],
    ]);
  });

  it('answers what cannot be read or is unknown and stays open', () => {
    const { connection, transport } = serve().connect();
    transport.text('nonsense');
    transport.text('[]');
    transport.text('{"id":7}');
    transport.binary(new Uint8Array([1]));
    for (const event of ['say', '__proto__', 'constructor', 'toString'])
      transport.event(event, null, 1);
    const codes = transport.frames.map((frame) => (frame.data as { code: string }).code);
    expect(codes).toEqual([
      'BAD_JSON',
      ...Array<string>(3).fill('BAD_ENVELOPE'),
      ...Array<string>(4).fill('UNKNOWN_EVENT'),
    ]);
    expect(transport.frames[2]?.id).toBe(7);
    expect(transport.frames[4]?.id).toBe(1);
    expect(transport.sent.join('')).not.toContain('constructor');
    expect(connection.readyState).toBe(1);
  });

  it('survives a codec that throws something of its own', () => {
    const codec = {
      name: 'broken',
      encode: (): string => JSON.stringify('frame'),
      decode: () => {
        throw new TypeError('secret');
      },
    };
    const { connect, reports } = serve({}, { codecFor: () => codec });
    const { transport } = connect();
    transport.text('x');
    expect(transport.sent).toHaveLength(1);
    expect(reports).toHaveLength(1);
  });

  it('gives binary messages to the binary handler, and bytes back as bytes', async () => {
    const seen: unknown[] = [];
    const { connect } = serve(
      {},
      {
        onBinary: {
          event: 'upload',
          handle: (_, data) => {
            seen.push(data);
            const bytes = data as Buffer;
            return bytes.length === 1 ? bytes : Promise.resolve({ received: bytes.length });
          },
        },
      },
    );
    const { transport } = connect();
    transport.binary(new Uint8Array([7]));
    transport.binary(new Uint8Array([1, 2]));
    await turn();
    expect(seen).toEqual([Buffer.from([7]), Buffer.from([1, 2])]);
    expect(transport.sent).toEqual([Buffer.from([7]), '{"event":"upload","data":{"received":2}}']);
  });

  it('gives unknown events to the fallback', () => {
    const { hub } = serve();
    const router = new MessageRouter([], {
      event: '*',
      handle: (_, __, { event }) => `got ${event}`,
    });
    const { transport } = connectTo(hub.endpoint({ router }));
    transport.event('anything', null, 1);
    expect(transport.frames).toEqual([{ event: 'anything', data: 'got anything', id: 1 }]);
  });
});

describe('a close in the middle of a handler', () => {
  it('drops what was waiting and sends nothing', async () => {
    const { transport, started, pending, reports } = waiting();
    transport.event('wait', 'a', 1);
    transport.event('wait', 'b', 2);
    transport.end();
    pending[0]?.resolve('A');
    await turn();
    expect(started).toEqual(['a']);
    expect(transport.sent).toEqual([]);
    expect(reports).toEqual([]);
  });

  it('reports what fails later and was not expected', async () => {
    const { transport, pending, reports } = waiting({ concurrency: 3 });
    for (let task = 0; task < 3; task++) transport.event('wait');
    transport.end();
    pending[0]?.reject(new Error('broken'));
    pending[1]?.reject(new WireError('BAD_REQUEST', 'No'));
    pending[2]?.reject(new DOMException('Aborted', 'AbortError'));
    await turn();
    expect(reports).toHaveLength(1);
    expect(reports[0]?.context).toEqual({ phase: 'message', connection: undefined, event: 'wait' });
  });

  it('by the handler itself leaves nothing behind', async () => {
    const { hub, connect } = serve({
      leave: async (connection) => {
        hubRooms().join(connection, 'lobby');
        connection[kCore].onClose(1006, '', false);
        await turn();
        return hubRooms().join(connection, 'lobby');
      },
    });
    const hubRooms = () => hub.rooms;
    connect().transport.event('leave', null, 1);
    await turn();
    await turn();
    expect(hub.rooms.names()).toEqual([]);
    expect(hub.registry.size).toBe(0);
  });
});

/** A connection whose event `wait` rejects with its signal. */
function signalled() {
  const signals: AbortSignal[] = [];
  const { hub, reports } = serve();
  const router = new MessageRouter([
    {
      event: 'wait',
      wantsSignal: true,
      handle: (_, __, ___, signal) => {
        signals.push(signal as AbortSignal);
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
        });
      },
    },
  ]);
  return { signals, reports, ...connectTo(hub.endpoint({ router })) };
}

describe('a handler that asks for a signal', () => {
  it('sees it abort when the client cancels, and the client is told', async () => {
    const { transport, signals, reports } = signalled();
    transport.event('wait', null, 7);
    transport.event('$cancel', null, 8);
    expect(signals[0]?.aborted).toBe(false);
    transport.event('$cancel', null, 7);
    expect(signals[0]?.aborted).toBe(true);
    await turn();
    expect(transport.frames).toMatchObject([
      { event: 'exception', id: 7, data: { code: 'CANCELLED' } },
    ]);
    expect(reports).toEqual([]);
  });

  it('sees it abort on the close', async () => {
    const { transport, signals, reports } = signalled();
    transport.event('wait');
    transport.end();
    expect(signals[0]?.aborted).toBe(true);
    await turn();
    expect(reports).toEqual([]);
  });
});

describe('$cancel', () => {
  it('takes a waiting message out of the queue and answers it', async () => {
    const { transport, started, pending } = waiting();
    transport.event('wait', 'a', 1);
    transport.event('wait', 'b', 2);
    transport.event('$cancel', null, 2);
    expect(transport.frames).toEqual([{ event: 'wait', id: 2, complete: true }]);
    pending[0]?.resolve('A');
    await turn();
    expect(started).toEqual(['a']);
  });

  it('of an id that is not under way changes nothing and is not answered', () => {
    const { transport } = serve().connect();
    transport.event('$cancel', null, 7);
    expect(transport.sent).toEqual([]);
  });

  it('without an id is refused', () => {
    const { transport } = serve().connect();
    transport.event('$cancel');
    expect(transport.frames[0]?.data).toMatchObject({ code: 'BAD_ENVELOPE' });
  });
});
