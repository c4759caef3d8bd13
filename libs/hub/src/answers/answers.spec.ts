import { describe, expect, it, jest } from '@jest/globals';
import {
  connect as connectTo,
  serve,
  turn,
  type Client,
} from '../testing-fixtures/fake-upgrade.js';
import { deferred, type Deferred } from '../testing-fixtures/deferred.js';
import { createJsonCodec } from '../wire/json.codec.js';
import { loadMsgpackCodec } from '../wire/msgpack.codec.js';
import { WireError } from '../wire/wire-error.js';
import { UsageError } from '#engine';
import type { HubOptions } from '../hub-options.js';
import type { EndpointConfig } from '../endpoint/endpoint-config.js';

function ask(
  { transport }: Client,
  event: string,
  id: unknown,
  key: unknown,
  data?: unknown,
): void {
  transport.text(JSON.stringify({ event, data, id, key }));
}

const last = ({ transport }: Client) => transport.frames.at(-1);

/** A server that counts how often each handler has run. */
function counting(options: HubOptions = {}, config: Partial<EndpointConfig> = {}) {
  const runs: Record<string, number> = {};
  const pending: Deferred<unknown>[] = [];
  const ran = (name: string): number => (runs[name] = (runs[name] ?? 0) + 1);
  const server = serve(
    {
      add: (_, data) => ({ sum: data, run: ran('add') }),
      named: () => ({ event: 'other', data: ran('named') }),
      nothing: () => void ran('nothing'),
      like: () => [{ event: 'x', data: ran('like') }][0]!.event,
      fail: () => {
        throw new WireError('FULL', 'It is full', { details: { run: ran('fail') } });
      },
      crash: () => {
        ran('crash');
        throw new Error('secret');
      },
      busy: () => {
        throw new WireError('RATE_LIMITED', 'Slow down', { details: { run: ran('busy') } });
      },
      stream: async function* () {
        ran('stream');
        yield await Promise.resolve(1);
      },
      huge: () => 'x'.repeat(ran('huge') * 1_000),
      wait: () => {
        ran('wait');
        const answer = deferred<unknown>();
        pending.push(answer);
        return answer.promise;
      },
    },
    config,
    options,
  );
  return { ...server, runs, pending };
}

describe('a call with a key', () => {
  it('is handled once, and answered as often as it is asked, each under its own id', async () => {
    const { connect, runs, hub } = counting();
    const [first, second] = [connect({ user: 'ada' }), connect({ user: 'ada' })];
    for (const event of ['add', 'named', 'nothing', 'like', 'fail', 'crash']) {
      ask(first, event, 1, `k-${event}`, 5);
      const { id: _first, ...told } = last(first)!;
      ask(first, event, 2, `k-${event}`, 5);
      expect(last(first)).toEqual({ ...told, id: 2 });
      ask(second, event, 'z', `k-${event}`, 6);
      expect(last(second)).toEqual({ ...told, id: 'z' });
    }
    expect(new Set(Object.values(runs))).toEqual(new Set([1]));
    expect(hub.stats.calls).toMatchObject({ running: 0, kept: 6 });
    await hub.close();
    expect(hub.stats.calls).toEqual({ running: 0, kept: 0, bytes: 0 });
  });

  it('that failed unexpectedly is reported once', () => {
    const { connect, reports } = counting();
    const client = connect();
    ask(client, 'crash', 1, 'k');
    ask(client, 'crash', 2, 'k');
    expect(reports).toHaveLength(1);
    expect(last(client)).toMatchObject({ id: 2, data: { code: 'INTERNAL_ERROR' } });
  });

  it('is another one of another user or key; nobody else gets the answer', () => {
    const { connect, runs } = counting();
    const users = [
      connect({ user: 'ada' }),
      connect({ user: 'bob' }),
      connect(),
      connect({ user: 'null' }),
    ];
    for (const client of users) ask(client, 'add', 1, 'k', 1);
    expect(users.map((client) => (last(client)!.data as { run: number }).run)).toEqual([
      1, 2, 3, 4,
    ]);
    ask(users[0]!, 'add', 2, 'K', 1);
    expect(runs['add']).toBe(5);
  });

  it('whose key was used for another event is refused, kept or under way', () => {
    const { connect, runs } = counting({}, { concurrency: 4 });
    const client = connect();
    ask(client, 'add', 1, 'a', 1);
    ask(client, 'wait', 2, 'b');
    for (const key of ['a', 'b']) {
      ask(client, 'nothing', 3, key);
      expect(last(client)).toMatchObject({ id: 3, data: { code: 'BAD_REQUEST' } });
    }
    expect(runs['nothing']).toBeUndefined();
  });

  it('that is under way is joined, also when its first client has gone', async () => {
    const { connect, runs, pending, hub } = counting();
    const [first, second, third] = [
      connect({ user: 'ada' }),
      connect({ user: 'ada' }),
      connect({ user: 'ada' }),
    ];
    ask(first, 'wait', 1, 'k');
    ask(second, 'wait', 2, 'k');
    ask(third, 'wait', 3, 'k');
    first.transport.end();
    third.transport.end();
    pending[0]!.resolve('done');
    await turn();
    expect(last(second)).toEqual({ event: 'wait', data: 'done', id: 2 });
    expect([runs['wait'], third.transport.frames.length]).toEqual([1, 0]);
    ask(connect({ user: 'ada' }), 'wait', 4, 'k');
    expect([runs['wait'], hub.stats.calls.running]).toEqual([1, 0]);
  });

  it('keeps what failed late, as its client would have been told', async () => {
    const { connect, pending } = counting();
    const first = connect();
    ask(first, 'wait', 1, 'k');
    first.transport.end();
    pending[0]!.reject(new WireError('GONE', 'It is gone'));
    await turn();
    const second = connect();
    ask(second, 'wait', 2, 'k');
    expect(last(second)).toMatchObject({ id: 2, data: { code: 'GONE', message: 'It is gone' } });
  });

  it('that was cancelled or limited is run again, by whoever waits first', async () => {
    const { connect, runs, pending } = counting();
    const [first, second, third] = [connect(), connect(), connect()];
    for (const [id, client] of [first, second, third].entries()) ask(client, 'wait', id + 1, 'k');
    first.transport.end();
    pending[0]!.reject(new DOMException('left', 'AbortError'));
    await turn();
    expect(runs['wait']).toBe(2);
    pending[1]!.resolve('again');
    await turn();
    expect([last(second), last(third)]).toMatchObject([
      { id: 2, data: 'again' },
      { id: 3, data: 'again' },
    ]);
    ask(third, 'busy', 4, 'b');
    ask(third, 'busy', 5, 'b');
    expect(last(third)).toMatchObject({ id: 5, data: { details: { run: 2 } } });
  });

  it('has no stream for an answer', async () => {
    const { connect, runs } = counting();
    const client = connect();
    for (const id of [1, 2]) {
      ask(client, 'stream', id, 'k');
      await turn();
      expect(last(client)).toMatchObject({ id, event: 'exception', data: { code: 'BAD_REQUEST' } });
    }
    expect(runs['stream']).toBeUndefined();
  });

  it('is handled once although its answer is too long to be kept', () => {
    const { connect, runs, hub } = counting({ idempotency: { maxAnswerBytes: 500 } });
    const client = connect();
    ask(client, 'huge', 1, 'k');
    expect(last(client)!.data).toHaveLength(1_000);
    ask(client, 'huge', 2, 'k');
    expect(last(client)).toMatchObject({
      id: 2,
      data: { code: 'LIMIT_EXCEEDED', message: expect.stringContaining('was handled') },
    });
    expect([runs['huge'], hub.stats.calls.bytes < 1_000]).toEqual([1, true]);
  });

  it('is forgotten after a while', () => {
    jest.useFakeTimers({ now: 0 });
    try {
      const { connect, runs, hub } = counting({ idempotency: { keep: 1_000 } });
      const client = connect();
      ask(client, 'add', 1, 'k', 1);
      jest.advanceTimersByTime(900);
      ask(client, 'add', 2, 'k', 1);
      expect(runs['add']).toBe(1);
      jest.advanceTimersByTime(2_500);
      expect(hub.stats.calls).toEqual({ running: 0, kept: 0, bytes: 0 });
      ask(client, 'add', 3, 'k', 1);
      expect(runs['add']).toBe(2);
    } finally {
      jest.useRealTimers();
    }
  });

  it('takes no room of others, whatever one client makes of it', () => {
    const { connect, runs, hub } = counting({
      idempotency: { maxAnswers: 160, maxBytes: 160_000 },
    });
    const [good, bad] = [connect({ user: 'good' }), connect({ user: 'bad' })];
    ask(good, 'add', 1, 'k', 'mine');
    for (let key = 0; key < 20_000; key++) ask(bad, 'add', key, `key-${key}`, 1);
    expect(hub.stats.calls.kept).toBe(11);
    for (let key = 0; key < 100; key++) ask(bad, 'huge', key, `huge-${key}`);
    expect(hub.stats.calls.bytes).toBeLessThanOrEqual(160_000 / 16 + 100_000);
    const before = runs['add'];
    ask(good, 'add', 2, 'k', 'mine');
    expect(last(good)).toMatchObject({ id: 2, data: { sum: 'mine' } });
    expect(runs['add']).toBe(before);
  });

  it('has room for a million keys of thousands of users, and no more', () => {
    const { connect, hub } = counting({ idempotency: { maxAnswers: 100 } });
    for (let user = 0; user < 2_000; user++) {
      const client = connect({ user: `u${user}` });
      for (let key = 0; key < 10; key++) ask(client, 'add', key, `${key}`, 1);
    }
    expect(hub.stats.calls.kept).toBe(100);
  });

  it('that never ends takes the room of others for as long as answers are kept, and refuses only its own', () => {
    jest.useFakeTimers({ now: 0 });
    try {
      const { connect, pending } = counting(
        { idempotency: { maxAnswers: 32, keep: 1_000 } },
        { concurrency: 100 },
      );
      const bad = connect({ user: 'bad' });
      for (let key = 0; key < 3; key++) ask(bad, 'wait', key, `k${key}`);
      expect(pending).toHaveLength(2);
      expect(last(bad)).toMatchObject({ id: 2, data: { code: 'UNAVAILABLE' } });
      const good = connect({ user: 'good' });
      ask(good, 'add', 1, 'k', 1);
      expect(last(good)).toMatchObject({ data: { run: 1 } });
      jest.advanceTimersByTime(1_100);
      ask(bad, 'wait', 4, 'k4');
      expect(pending).toHaveLength(3);
    } finally {
      jest.useRealTimers();
    }
  });

  it('may wait many times, but not without end', async () => {
    const { connect, pending, runs } = counting({}, { concurrency: 100 });
    const first = connect();
    ask(first, 'wait', 0, 'k');
    for (let round = 0; round < 100; round++) {
      const client = connect();
      ask(client, 'wait', 1, 'k');
      client.transport.end();
    }
    for (let id = 1; id <= 17; id++) ask(first, 'wait', id, 'k');
    expect(last(first)).toMatchObject({ id: 17, data: { code: 'UNAVAILABLE' } });
    pending[0]!.resolve(1);
    await turn();
    expect(first.transport.frames).toHaveLength(18);
    expect(runs['wait']).toBe(1);
  });

  it('is given again in the codec of whoever asks', async () => {
    const msgpack = await loadMsgpackCodec();
    const json = createJsonCodec();
    const { endpoint } = counting(
      {},
      { codecFor: (protocol) => (protocol === 'm' ? msgpack : json) },
    );
    const packed = connectTo(endpoint, { protocol: 'm' });
    const plain = connectTo(endpoint);
    packed.transport.binary(
      // `encode` knows no key: it is the client's alone.
      (await import('@msgpack/msgpack')).encode({ event: 'add', data: 3, id: 1, key: 'k' }),
    );
    ask(plain, 'add', 2, 'k', 4);
    expect(last(plain)).toEqual({ event: 'add', data: { sum: 3, run: 1 }, id: 2 });
    expect(msgpack.decode(packed.transport.sent[0]!)).toMatchObject({ id: 1, data: { run: 1 } });
  });

  it('needs an id and a key of 1 to 128 characters; reserved events are not kept', async () => {
    const { connect, runs, hub } = counting();
    const client = connect();
    for (const key of ['', 'x'.repeat(129), 5, {}, null, true]) {
      ask(client, 'add', 1, key);
      expect(last(client)).toMatchObject({ id: 1, data: { code: 'BAD_ENVELOPE' } });
    }
    for (const _ of [1, 2]) ask(client, 'add', undefined, 'k');
    expect(runs['add']).toBe(2);
    ask(client, '$ack', 1, 'k', { mail: 1 });
    await turn();
    for (const key of ['__proto__', 'constructor'])
      for (const id of [1, 2]) ask(client, 'add', id, key);
    expect([runs['add'], hub.stats.calls.kept]).toEqual([4, 2]);
  });

  it('has options that are checked', () => {
    expect(() => counting({ idempotency: { keep: 0 } })).toThrow(UsageError);
    expect(() => counting({ idempotency: { maxAnswer: 1 } as never })).toThrow('maxAnswers');
  });
});
