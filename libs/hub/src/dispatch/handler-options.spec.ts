import { describe, expect, it } from '@jest/globals';
import { deferred, type Deferred } from '../testing-fixtures/deferred.js';
import { connect, serve, turn } from '../testing-fixtures/fake-upgrade.js';
import type { Codec } from '../wire/codec.js';
import { jsonCodec } from '../wire/json.codec.js';
import { MessageRouter, type MessageHandler } from './message-router.js';

/** A handler that is answered when the test says so. */
class Waiting implements MessageHandler {
  readonly started: unknown[] = [];
  readonly signals: (AbortSignal | undefined)[] = [];
  readonly pending: Deferred<unknown>[] = [];
  readonly wantsSignal: boolean;
  readonly concurrency?: number;
  readonly timeout?: number;

  constructor(
    readonly event: string,
    options: Partial<MessageHandler> = {},
  ) {
    this.wantsSignal = options.wantsSignal ?? false;
    if (options.concurrency !== undefined) this.concurrency = options.concurrency;
    if (options.timeout !== undefined) this.timeout = options.timeout;
  }

  handle(_: unknown, data: unknown, _message: unknown, signal: AbortSignal | undefined): unknown {
    this.started.push(data);
    this.signals.push(signal);
    const answer = deferred<unknown>();
    this.pending.push(answer);
    return answer.promise;
  }
}

function serveHandlers(...handlers: MessageHandler[]) {
  const { hub, reports } = serve();
  const endpoint = hub.endpoint({ router: new MessageRouter(handlers), queueSize: 2 });
  return { reports, ...connect(endpoint) };
}

describe('a handler with a concurrency of its own', () => {
  it('runs so many at a time, beside the lane of the others and without holding it up', async () => {
    const own = new Waiting('own', { concurrency: 2 });
    const common = new Waiting('common');
    const { transport } = serveHandlers(own, common);
    for (const n of [1, 2, 3]) transport.event('own', n, n);
    transport.event('common', 4, 4);
    expect(own.started).toEqual([1, 2]);
    expect(common.started).toEqual([4]);
    own.pending[1]?.resolve('two');
    await turn();
    expect(own.started).toEqual([1, 2, 3]);
    common.pending[0]?.resolve('four');
    await turn();
    expect(transport.frames.map(({ id }) => id)).toEqual([2, 4]);
  });

  it('pauses the connection when its queue is full, until no queue is', async () => {
    const own = new Waiting('own', { concurrency: 1 });
    const common = new Waiting('common');
    const { transport } = serveHandlers(own, common);
    for (const n of [1, 2]) transport.event('common', n);
    for (const n of [1, 2, 3]) transport.event('own', n);
    expect(transport.paused).toBe(true);
    transport.event('common', 3);
    own.pending[0]?.resolve(null);
    await turn();
    own.pending[1]?.resolve(null);
    await turn();
    // The held message has filled the other queue by now.
    expect(transport.paused).toBe(true);
    common.pending[0]?.resolve(null);
    await turn();
    common.pending[1]?.resolve(null);
    await turn();
    expect(transport.paused).toBe(false);
  });

  it('can be cancelled while it waits', () => {
    const own = new Waiting('own', { concurrency: 1 });
    const { transport } = serveHandlers(own);
    transport.event('own', 1, 1);
    transport.event('own', 2, 2);
    transport.event('$cancel', undefined, 2);
    expect(transport.frames).toEqual([{ event: 'own', id: 2, complete: true }]);
  });
});

describe('a handler with a timeout', () => {
  it('is given up when it takes longer: TIMEOUT, an aborted signal, and the next one starts', async () => {
    const slow = new Waiting('slow', { timeout: 30, wantsSignal: true });
    const { transport, reports } = serveHandlers(slow);
    transport.event('slow', 1, 1);
    transport.event('slow', 2, 2);
    const aborted = deferred();
    slow.signals[0]?.addEventListener('abort', () => aborted.resolve());
    await aborted.promise;
    expect(slow.started).toEqual([1, 2]);
    expect(transport.frames).toMatchObject([
      { event: 'exception', id: 1, data: { code: 'TIMEOUT' } },
    ]);
    slow.pending[1]?.resolve('in time');
    // Its own late answer is nobody's any more.
    slow.pending[0]?.resolve('late');
    await turn();
    expect(transport.frames.slice(1)).toEqual([{ event: 'slow', data: 'in time', id: 2 }]);
    expect(reports).toEqual([]);
  });

  it('that fails after it was given up is reported, unless it fails because of that', async () => {
    const slow = new Waiting('slow', { timeout: 20, wantsSignal: true });
    const { transport, reports } = serveHandlers(slow);
    for (const n of [1, 2]) {
      transport.event('slow', n, n);
      const aborted = deferred();
      slow.signals[n - 1]?.addEventListener('abort', () => aborted.resolve());
      await aborted.promise;
    }
    const reason: unknown = slow.signals[0]?.reason;
    slow.pending[0]?.resolve(Promise.reject(reason));
    await turn();
    expect(reports).toEqual([]);
    slow.pending[1]?.resolve(Promise.reject(new Error('a real one')));
    await turn();
    expect(reports.map(({ error }) => String(error))).toEqual(['Error: a real one']);
  });

  it('that answers in time leaves nothing behind', async () => {
    const quick = new Waiting('quick', { timeout: 20 });
    const { transport } = serveHandlers(quick);
    transport.event('quick', 1, 1);
    quick.pending[0]?.resolve('done');
    await turn();
    expect(transport.frames).toEqual([{ event: 'quick', data: 'done', id: 1 }]);
  });
});

describe('a handler that stands for several', () => {
  it('is asked for the one that takes the message; none is an unknown event', () => {
    const one: MessageHandler = { event: 'pick', handle: () => 'one' };
    const picker: MessageHandler = {
      event: 'pick',
      choose: (_connection, { data }) => (data === 1 ? one : undefined),
      handle: () => 'never',
    };
    const { transport } = serveHandlers(picker);
    transport.event('pick', 1);
    transport.event('pick', 2);
    expect(transport.frames).toMatchObject([
      { data: 'one' },
      { event: 'exception', data: { code: 'UNKNOWN_EVENT' } },
    ]);
  });
});

describe('events that begin with $', () => {
  it('are no business of handlers, the fallback included', () => {
    expect(() => new MessageRouter([{ event: '$any', handle: () => 1 }])).toThrow(
      'event "$any" is reserved',
    );
    const fallback: MessageHandler = { event: '*', handle: () => 'fallback' };
    const { hub } = serve();
    const { transport } = connect(hub.endpoint({ router: new MessageRouter([], fallback) }));
    transport.event('any');
    transport.event('$any');
    expect(transport.frames).toMatchObject([
      { data: 'fallback' },
      { event: 'exception', data: { code: 'UNKNOWN_EVENT' } },
    ]);
  });
});

const binaryCodec: Codec = {
  name: 'binary',
  binary: true,
  encode: (envelope) => Buffer.from(String(jsonCodec.encode(envelope))),
  decode: (payload) => jsonCodec.decode(Buffer.from(payload as Buffer).toString()),
};

function codecFor(protocol: string): Codec {
  return protocol === '' ? jsonCodec : binaryCodec;
}

describe('binary messages', () => {
  const onBinary: MessageHandler = { event: 'binary', handle: () => 'bytes' };

  it('are envelopes with a binary codec, and the application’s own with one of text', () => {
    const { hub } = serve();
    const router = new MessageRouter([{ event: 'say', handle: () => 'envelope' }]);
    const endpoint = hub.endpoint({ router, onBinary, codecFor });
    const payload = Buffer.from('{"event":"say"}');
    const text = connect(endpoint);
    text.transport.binary(payload);
    expect(text.transport.frames).toEqual([{ event: 'binary', data: 'bytes' }]);
    const binary = connect(endpoint, { protocol: 'b' });
    binary.transport.binary(payload);
    expect(binary.transport.frames).toEqual([{ event: 'say', data: 'envelope' }]);
  });
});
