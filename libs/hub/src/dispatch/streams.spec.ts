import { PassThrough, type Readable } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import { Subject, concat, of, throwError } from 'rxjs';
import { ReadyState } from '#engine';
import { deferred } from '../testing-fixtures/deferred.js';
import type { FakeTransport } from '../testing-fixtures/fake-transport.js';
import {
  connect as connectTo,
  serve,
  turn,
  type Client,
  type Handlers,
} from '../testing-fixtures/fake-upgrade.js';
import { WireError } from '../wire/wire-error.js';
import { MessageRouter } from './message-router.js';

const open = (handlers: Handlers, config = {}) => {
  const server = serve(handlers, config);
  return { ...server, ...server.connect() };
};

async function* count(to: number, cleanup?: () => void): AsyncGenerator<number> {
  try {
    for (let at = 1; at <= to; at++) yield at;
  } finally {
    cleanup?.();
  }
}

/** Without a listener for 'error': that it is cut off must be nobody's uncaught exception. */
const closed = (stream: Readable): Promise<void> =>
  new Promise((resolve) => {
    stream.on('close', resolve);
  });

describe('a stream that nobody is going to read any more', () => {
  it.each<[string, (transport: FakeTransport) => void]>([
    ['its client has left', (transport) => transport.end(1006, '', false)],
    ['its client has cancelled it', (transport) => transport.event('$cancel', null, 7)],
  ])('is released when %s', async (_, what) => {
    const ready = deferred();
    const opened = new PassThrough();
    const { transport, reports } = open({ ticks: () => ready.promise.then(() => opened) });
    transport.event('ticks', null, 7);
    what(transport);
    ready.resolve();
    await closed(opened);
    await turn();
    expect(reports).toEqual([]);
  });

  it('is released when there are too many', async () => {
    const { connection, transport, reports } = open(
      { ticks: () => opened, running: () => new Subject() },
      { maxStreams: 1 },
    );
    const opened = new PassThrough();
    transport.event('running', null, 1);
    transport.event('ticks', null, 2);
    await closed(opened);
    expect(transport.frames).toMatchObject([{ id: 2, data: { code: 'LIMIT_EXCEEDED' } }]);
    expect(connection.readyState).toBe(ReadyState.Open);
    expect(reports).toEqual([]);
  });

  it('is told so by a return when it cannot be disposed of; its failure is reported', async () => {
    const ready = deferred();
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.reject(new Error('was read')),
        return: () => Promise.reject(new Error('cannot let go')),
      }),
    };
    const { transport, reports } = open({ ticks: () => ready.promise.then(() => source) });
    transport.event('ticks', null, 7);
    transport.end(1006, '', false);
    ready.resolve();
    await turn();
    expect(reports.map(({ error }) => String(error))).toEqual(['Error: cannot let go']);
  });
});

describe('a stream', () => {
  it.each<[string, () => unknown]>([
    ['an Observable', () => of(1, 2)],
    ['an AsyncIterable', () => count(2)],
    ['a promise of an Observable', async () => of(1, 2)],
    ['a promise of an AsyncIterable', async () => count(2)],
  ])('that is %s sends its values with the id and says when it is complete', async (_, handle) => {
    const { transport } = open({ ticks: handle });
    transport.event('ticks', null, 7);
    await turn();
    expect(transport.sent).toEqual([
      '{"event":"ticks","data":1,"id":7}',
      '{"event":"ticks","data":2,"id":7}',
      '{"event":"ticks","id":7,"complete":true}',
    ]);
  });

  it('without an id goes out under its event', () => {
    const { transport } = open({ ticks: () => of(1) });
    transport.event('ticks');
    expect(transport.frames).toEqual([
      { event: 'ticks', data: 1 },
      { event: 'ticks', complete: true },
    ]);
  });

  it('may choose the event of each value', () => {
    const { transport } = open({ ticks: () => of({ event: 'tick', data: 1 }) });
    transport.event('ticks', null, 7);
    expect(transport.frames[0]).toEqual({ event: 'tick', data: 1, id: 7 });
  });

  it('is not made of an array or of a string', () => {
    const { transport } = open({ list: () => [1, 2], text: () => 'ab' });
    transport.event('list');
    transport.event('text');
    expect(transport.frames).toEqual([
      { event: 'list', data: [1, 2] },
      { event: 'text', data: 'ab' },
    ]);
  });

  it.each<[string, () => unknown]>([
    [
      'an Observable',
      () =>
        concat(
          of(1),
          throwError(() => new WireError('BAD_REQUEST', 'No more')),
        ),
    ],
    [
      'an AsyncIterable',
      async function* () {
        yield 1;
        throw new WireError('BAD_REQUEST', 'No more');
      },
    ],
  ])('that is %s ends with an exception when it fails', async (_, handle) => {
    const { transport, reports } = open({ ticks: handle });
    transport.event('ticks', null, 7);
    await turn();
    expect(transport.frames).toEqual([
      { event: 'ticks', data: 1, id: 7 },
      {
        event: 'exception',
        data: { status: 'error', code: 'BAD_REQUEST', message: 'No more' },
        id: 7,
        complete: true,
      },
    ]);
    expect(reports).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ['an Observable errors', () => throwError(() => new Error('secret'))],
    [
      'subscribing throws',
      () => ({
        subscribe: () => {
          throw new Error('secret');
        },
      }),
    ],
    [
      'the iterator cannot be had',
      () => ({
        [Symbol.asyncIterator]: () => {
          throw new Error('secret');
        },
      }),
    ],
    ['the iterator is none', () => ({ [Symbol.asyncIterator]: () => ({}) })],
  ])('is reported once and not told when %s', async (_, handle) => {
    const { transport, reports } = open({ ticks: handle });
    transport.event('ticks', null, 7);
    await turn();
    expect(transport.sent).toHaveLength(1);
    expect(transport.sent[0]).toContain('INTERNAL_ERROR');
    expect(reports.map((report) => report.context.phase)).toEqual(['stream']);
  });

  it('leaves the lane: later messages are answered while it runs', () => {
    const { transport } = open({ ticks: () => new Subject(), now: () => 1 });
    transport.event('ticks', null, 1);
    transport.event('now', null, 2);
    expect(transport.frames).toEqual([{ event: 'now', data: 1, id: 2 }]);
  });

  it('ignores what a source says after its end', () => {
    const { transport } = open({
      ticks: () => ({
        subscribe(observer: {
          next(value: number): void;
          complete(): void;
          error(e: Error): void;
        }) {
          observer.complete();
          observer.next(1);
          observer.error(new Error('late'));
          observer.complete();
        },
      }),
    });
    transport.event('ticks', null, 7);
    expect(transport.frames).toEqual([{ event: 'ticks', id: 7, complete: true }]);
  });

  it('stops at a value that cannot be encoded', async () => {
    const cleanup = jest.fn();
    const source = new Subject<unknown>();
    const { transport, reports } = open({
      observable: () => source,
      iterable: async function* () {
        try {
          yield 1n;
        } finally {
          cleanup();
        }
      },
    });
    transport.event('observable', null, 1);
    source.next(1n);
    transport.event('iterable', null, 2);
    await turn();
    expect(source.observed).toBe(false);
    expect(cleanup).toHaveBeenCalledTimes(1);
    expect(transport.frames.map((frame) => [frame.event, frame.id])).toEqual([
      ['exception', 1],
      ['exception', 2],
    ]);
    expect(reports).toHaveLength(2);
  });

  it('is refused past the limit of a connection, and allowed again when one has ended', () => {
    const sources: Subject<number>[] = [];
    const { transport } = open(
      {
        ticks: () => {
          const source = new Subject<number>();
          sources.push(source);
          return source;
        },
      },
      { maxStreams: 2 },
    );
    for (const id of [1, 2, 3]) transport.event('ticks', null, id);
    expect(transport.frames).toMatchObject([{ id: 3, data: { code: 'LIMIT_EXCEEDED' } }]);
    expect(sources[2]?.observed).toBe(false);
    sources[0]?.complete();
    transport.event('ticks', null, 4);
    expect(sources[3]?.observed).toBe(true);
  });
});

describe('$cancel of a stream', () => {
  it('unsubscribes from the Observable and says that it is over', () => {
    const source = new Subject<number>();
    const { transport } = open({ ticks: () => source });
    transport.event('ticks', null, 7);
    source.next(1);
    transport.event('$cancel', null, 7);
    expect(source.observed).toBe(false);
    source.next(2);
    expect(transport.frames).toEqual([
      { event: 'ticks', data: 1, id: 7 },
      { event: 'ticks', id: 7, complete: true },
    ]);
  });

  it('returns from the iterator, whose cleanup runs', async () => {
    const more = deferred();
    const cleanup = jest.fn();
    const { transport } = open({
      ticks: async function* () {
        try {
          yield 1;
          await more.promise;
          yield 2;
        } finally {
          cleanup();
        }
      },
    });
    transport.event('ticks', null, 7);
    await turn();
    transport.event('$cancel', null, 7);
    more.resolve();
    await turn();
    expect(cleanup).toHaveBeenCalledTimes(1);
    expect(transport.frames).toEqual([
      { event: 'ticks', data: 1, id: 7 },
      { event: 'ticks', id: 7, complete: true },
    ]);
  });

  it('before the stream has begun never starts it', async () => {
    const ready = deferred();
    const source = new Subject<number>();
    const { transport } = open({ ticks: () => ready.promise.then(() => source) });
    transport.event('ticks', null, 7);
    transport.event('$cancel', null, 7);
    ready.resolve();
    await turn();
    expect(source.observed).toBe(false);
    expect(transport.frames).toEqual([{ event: 'ticks', id: 7, complete: true }]);
  });

  it('aborts the signal of the handler that made it', () => {
    let signal: AbortSignal | undefined;
    const { hub } = serve();
    const router = new MessageRouter([
      {
        event: 'ticks',
        wantsSignal: true,
        handle: (_, __, ___, given) => {
          signal = given;
          return new Subject();
        },
      },
    ]);
    const { transport } = connectTo(hub.endpoint({ router }));
    transport.event('ticks', null, 7);
    expect(signal?.aborted).toBe(false);
    transport.event('$cancel', null, 7);
    expect(signal?.aborted).toBe(true);
  });

  it('reports a source that cannot be stopped', async () => {
    const { transport, reports } = open({
      observable: () => ({
        subscribe: () => ({
          unsubscribe: () => {
            throw new Error('stuck');
          },
        }),
      }),
      iterable: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise(() => {}),
          return: () => Promise.reject(new Error('stuck')),
        }),
      }),
    });
    transport.event('observable', null, 1);
    transport.event('iterable', null, 2);
    transport.event('$cancel', null, 1);
    transport.event('$cancel', null, 2);
    await turn();
    expect(reports.map((report) => report.context.phase)).toEqual(['stream', 'stream']);
    expect(transport.frames.map((frame) => frame.complete)).toEqual([true, true]);
  });
});

describe('the close of a connection', () => {
  it('stops its streams and sends nothing more', async () => {
    const source = new Subject<number>();
    const cleanup = jest.fn();
    const { transport } = open({
      observable: () => source,
      iterable: async function* () {
        try {
          for (;;) {
            await turn();
            yield 1;
          }
        } finally {
          cleanup();
        }
      },
    });
    transport.event('observable', null, 1);
    transport.event('iterable', null, 2);
    transport.end();
    const sent = transport.sent.length;
    await turn();
    await turn();
    expect(source.observed).toBe(false);
    expect(cleanup).toHaveBeenCalledTimes(1);
    expect(transport.sent).toHaveLength(sent);
  });
});

describe('a close that the client does not answer', () => {
  it.each<[string, (client: Client) => void]>([
    ['the server', ({ connection }) => connection.close(4000)],
    // A limit of the engine, for instance: the hub is not asked.
    ['something else', ({ transport }) => transport.close(1013)],
  ])('ends its streams when %s begins it', async (_who, close) => {
    const source = new Subject<number>();
    const cleanup = jest.fn();
    let yielded = 0;
    const client = open({
      observable: () => source,
      iterable: async function* () {
        try {
          for (;;) {
            await turn();
            yielded++;
            yield 1;
          }
        } finally {
          cleanup();
        }
      },
    });
    const { transport } = client;
    transport.answersClose = false;
    transport.event('observable', null, 1);
    transport.event('iterable', null, 2);
    close(client);
    const sent = transport.sent.length;
    source.next(1);
    for (let turns = 0; turns < 5; turns++) await turn();
    expect(transport.readyState).toBe(ReadyState.Closing);
    expect(source.observed).toBe(false);
    expect(cleanup).toHaveBeenCalledTimes(1);
    expect(yielded).toBeLessThanOrEqual(1);
    expect(transport.sent).toHaveLength(sent);
    transport.end();
  });
});

describe('a close that the hub begins', () => {
  it('ends a stream at once, also one that has nothing to say', () => {
    const source = new Subject<number>();
    const { transport, connection } = open({ observable: () => source });
    transport.answersClose = false;
    transport.event('observable', null, 1);
    expect(source.observed).toBe(true);
    connection.close(4000);
    expect(transport.readyState).toBe(ReadyState.Closing);
    expect(source.observed).toBe(false);
    transport.end();
  });
});

describe('many streams of one connection', () => {
  it('together send no more in a turn than a few do, and all of them go on', async () => {
    const { transport } = open({ ticks: () => count(Number.MAX_SAFE_INTEGER) });
    for (let id = 0; id < 40; id++) transport.event('ticks', null, id);
    let before = transport.sent.length;
    for (let turns = 0; turns < 5; turns++) {
      await turn();
      expect(transport.sent.length - before).toBeLessThanOrEqual(128 + 40);
      before = transport.sent.length;
    }
    expect(new Set(transport.frames.map(({ id }) => id)).size).toBe(40);
    transport.end();
  });
});

describe('a client that reads slowly', () => {
  it('makes an AsyncIterable wait above the soft mark, until the drain', async () => {
    let asked = 0;
    const { transport } = open(
      {
        ticks: async function* () {
          for (;;) {
            asked++;
            yield asked;
          }
        },
      },
      { limits: { sendSoftMark: 100 } },
    );
    transport.onSend = () => {
      transport.bufferedAmount += 40;
    };
    transport.event('ticks', null, 7);
    await turn();
    expect(asked).toBe(3);
    await turn();
    expect(asked).toBe(3);
    transport.drain();
    await turn();
    expect(asked).toBe(6);
    transport.end();
  });

  it('lets a waiting stream go on when its amount fell without a drain', async () => {
    const all = deferred();
    const { transport } = open({
      ticks: () => count(2, all.resolve),
    });
    transport.bufferedAmount = 1024 * 1024;
    transport.event('ticks', null, 7);
    await turn();
    expect(transport.sent).toHaveLength(1);
    transport.bufferedAmount = 0;
    await all.promise;
    expect(transport.sent.length).toBeGreaterThan(1);
  });

  it('does not let a generator that never waits hold up the process', async () => {
    const { transport } = open({ ticks: () => count(Number.MAX_SAFE_INTEGER) });
    transport.event('ticks', null, 7);
    await turn();
    const sent = transport.sent.length;
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThanOrEqual(128);
    transport.end();
  });
});
