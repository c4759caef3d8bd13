import { describe, expect, it } from '@jest/globals';
import { ClientError } from '../support/client-error.js';
import { scripted, settled } from '../testing-fixtures/scripted-client.js';
import { ScriptedSocket } from '../testing-fixtures/scripted-socket.js';

const sockets = ScriptedSocket;

/** What a promise comes to. */
const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => ({ value }),
    (error: ClientError) => error.code,
  );

describe('a call', () => {
  it('resolves with the answer under its id', async () => {
    const { client } = scripted();
    const socket = sockets.last.open();
    const [first, second] = [client.call('add', [1, 2]), client.call('now')];
    expect(socket.said).toEqual([
      { event: 'add', data: [1, 2], id: 1 },
      { event: 'now', id: 2 },
    ]);
    socket.says({ event: 'now', data: 'later', id: 2 });
    socket.says({ event: 'other', data: 3, id: 1 });
    expect(await Promise.all([first, second])).toEqual([3, 'later']);
  });

  it('rejects with what the server says', async () => {
    const { client } = scripted();
    const socket = sockets.last.open();
    const call = client.call('add');
    const data = {
      status: 'error',
      code: 'RATE_LIMITED',
      message: 'Slow down',
      details: { retryAfter: 70 },
    };
    socket.says({ event: 'exception', id: 1, data });
    await expect(call).rejects.toMatchObject({
      name: 'ClientError',
      code: 'RATE_LIMITED',
      message: 'Slow down',
      retryAfter: 70,
    });
    await expect(call).rejects.toBeInstanceOf(ClientError);
  });

  it.each([null, 7, 'x', [], {}, { code: 7 }])('rejects with BAD_ANSWER for %j', async (data) => {
    const { client } = scripted();
    const socket = sockets.last.open();
    const call = client.call('add');
    socket.says({ event: 'exception', id: 1, data });
    expect(await outcome(call)).toBe('BAD_ANSWER');
  });

  it('times out, and tells the server that nobody waits', async () => {
    const { client, clock } = scripted();
    const socket = sockets.last.open();
    const call = client.call('slow', null, { timeout: 500 });
    clock.pass(500);
    expect(await outcome(call)).toBe('TIMEOUT');
    expect(socket.said.at(-1)).toEqual({ event: '$cancel', id: 1 });
    socket.says({ event: 'slow', data: 'late', id: 1 });
    expect(client.stats.ignored).toBe(1);
    expect(clock.pending).toBe(1);
  });

  it('ends when its signal aborts, before it is sent or after', async () => {
    const { client } = scripted();
    const early = AbortSignal.abort('early');
    await expect(client.call('a', 1, { signal: early })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: 'early',
    });
    const controller = new AbortController();
    const waiting = client.call('b', 1, { signal: controller.signal });
    controller.abort();
    expect(await outcome(waiting)).toBe('ABORTED');
    const socket = sockets.last.open();
    expect(socket.said).toEqual([]);
    const other = new AbortController();
    const sent = client.call('c', 1, { signal: other.signal });
    other.abort('enough');
    expect(await outcome(sent)).toBe('ABORTED');
    expect(socket.said.map(({ event }) => event)).toEqual(['c', '$cancel']);
  });

  it('rejects for data that cannot be encoded, and takes no place', async () => {
    const { client } = scripted();
    sockets.last.open();
    const ring: { self?: unknown } = {};
    ring.self = ring;
    await expect(client.call('a', ring)).rejects.toThrow(TypeError);
    await expect(client.send('a', 1n)).rejects.toThrow(TypeError);
  });

  it('says what the data was when it was called', () => {
    const { client } = scripted();
    const data = { text: 'before' };
    void client.send('say', data);
    data.text = 'after';
    expect(sockets.last.open().said).toEqual([{ event: 'say', data: { text: 'before' } }]);
  });
});

describe('what is said while away', () => {
  it('waits, and is sent in order', async () => {
    const { client } = scripted();
    const all = [client.send('a', 1), client.call('b', 2), client.send('c', 3)];
    const socket = sockets.last;
    socket.accept();
    expect(socket.said).toEqual([]);
    socket.says({ event: '$ping', id: 0 });
    expect(socket.said.map(({ event }) => event)).toEqual(['a', 'b', 'c']);
    socket.says({ event: 'b', id: 1 });
    await Promise.all(all);
  });

  it('is bounded by count', async () => {
    const { client } = scripted({ queue: { most: 2 } });
    const outcomes = Promise.all([1, 2, 3, 4].map((each) => outcome(client.send('a', each))));
    sockets.last.open();
    expect(await outcomes).toEqual([
      { value: undefined },
      { value: undefined },
      'QUEUE_FULL',
      'QUEUE_FULL',
    ]);
  });

  it('is bounded by age, and never sent afterwards', async () => {
    const { client, clock } = scripted({ connectTimeout: 60_000 });
    const all = [client.send('a', 1), client.call('b'), client.call('c', 1, { timeout: 60_000 })];
    const outcomes = Promise.all(all.map(outcome));
    clock.pass(30_000);
    expect(await outcomes).toEqual(['EXPIRED', 'EXPIRED', 'EXPIRED']);
    expect(sockets.last.open().said).toEqual([]);
  });

  it('does not wait with queue: false, and volatile neither', async () => {
    const { client } = scripted();
    expect(await outcome(client.call('a', 1, { queue: false }))).toBe('NOT_OPEN');
    expect(client.send('v', 1, { volatile: true })).toBe(false);
    const socket = sockets.last.open();
    expect(client.send('v', 2, { volatile: true })).toBe(true);
    socket.bufferedAmount = 100_000;
    expect(client.send('v', 3, { volatile: true })).toBe(false);
    expect(socket.said).toEqual([{ event: 'v', data: 2 }]);
  });

  it.each([
    ['CLOSED', () => sockets.last.end(1000)],
    ['REFUSED', () => sockets.last.end(4403)],
    ['SIGNED_OUT', () => sockets.last.end(4401)],
  ])('rejects with %s when nothing is tried any more', async (code, end) => {
    const { client } = scripted();
    const outcomes = Promise.all(
      [
        client.send('a', 1),
        client.call('b'),
        client.opened(),
        client.once('e'),
        client.room('r').join(),
        client.stream('s').next(),
      ].map(outcome),
    );
    end();
    expect(await outcomes).toEqual(Array.from({ length: 6 }, () => code));
    expect(await outcome(client.call('c'))).toBe(code);
    client.connect();
    const again = client.call('d');
    sockets.last.open().says({ event: 'd', data: 'yes', id: 4 });
    expect(await again).toBe('yes');
  });
});

describe('a call whose connection is lost', () => {
  it('rejects with DISCONNECTED without a key', async () => {
    const { client } = scripted();
    const socket = sockets.last.open();
    const call = client.call('move');
    socket.end();
    expect(await outcome(call)).toBe('DISCONNECTED');
  });

  it('is sent again with the same key, before all that waits', async () => {
    const { client, clock } = scripted();
    const first = sockets.last.open();
    const calls = [client.call('move', 1, { key: true }), client.call('move', 2, { key: 'mine' })];
    first.end();
    const later = client.call('later');
    clock.pass(1_000);
    const second = sockets.last.open();
    expect(second.said.slice(0, 2)).toEqual(first.said);
    expect(second.said.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(first.said[0]?.['key']).toMatch(/^\d+(-\d+){3}$/);
    expect(first.said[1]?.['key']).toBe('mine');
    for (const id of [1, 2, 3]) second.says({ event: 'x', data: id, id });
    expect(await Promise.all([...calls, later])).toEqual([1, 2, 3]);
  });

  it('times out with its own time, however often it was sent', async () => {
    const { client, clock } = scripted({ idempotent: true });
    const call = outcome(client.call('move', 1, { timeout: 5_000 }));
    sockets.last.open().end();
    clock.pass(1_000);
    sockets.last.open().end();
    clock.pass(4_000);
    expect(await call).toBe('TIMEOUT');
    expect(sockets.last.open().said).toEqual([]);
  });
});

describe('listeners', () => {
  it('hear events with their place, and what one throws stops no other', () => {
    const { client, errors } = scripted();
    const heard: unknown[] = [];
    const off = client.on('said', () => {
      throw new Error('mine');
    });
    // oxlint-disable-next-line typescript/no-misused-promises -- what a user may hand over
    client.on('said', async () => Promise.reject(new Error('later')));
    client.on('said', (data, info) => heard.push([data, info]));
    const at = { room: 'r', epoch: 'e', offset: 1 };
    const socket = sockets.last.open();
    socket.says({ event: 'said', data: 1, at, mail: 3 });
    expect(heard).toEqual([[1, { event: 'said', at, mail: 3 }]]);
    off();
    off();
    socket.says({ event: 'said', data: 2 });
    expect(heard).toHaveLength(2);
    expect(errors).toHaveLength(1);
  });

  it('once hears one, or its time is over', async () => {
    const { client, clock } = scripted();
    const socket = sockets.last.open();
    const first = client.once('said');
    socket.says({ event: 'said', data: 1 });
    socket.says({ event: 'said', data: 2 });
    expect(await first).toBe(1);
    const late = outcome(client.once('said', { timeout: 10 }));
    const gone = outcome(client.once('said', { signal: AbortSignal.abort() }));
    clock.pass(10);
    expect([await late, await gone]).toEqual(['TIMEOUT', 'ABORTED']);
  });

  it('an error that nobody waits for is reported', () => {
    const { errors } = scripted();
    const data = { status: 'error', code: 'FORBIDDEN', message: 'No' };
    sockets.last.open().says({ event: 'x' });
    sockets.last.says({ event: 'exception', data });
    expect(errors).toMatchObject([{ code: 'FORBIDDEN' }]);
  });

  it('a handler of errors that throws is no end of the client', () => {
    const { client } = scripted({
      onError: () => {
        throw new Error('worse');
      },
    });
    client.on('x', () => {
      throw new Error('bad');
    });
    const quiet = console.error;
    console.error = () => {};
    sockets.last.open().says({ event: 'x' });
    console.error = quiet;
    expect(client.state.name).toBe('open');
  });
});

describe('questions of the server', () => {
  it('are answered, refused, and unknown', async () => {
    const { client, errors } = scripted();
    const socket = sockets.last.open();
    client.onAsk('confirm', async ({ name }: { name: string }) => name === 'a');
    client.onAsk('deny', () => {
      throw new ClientError('BUSY', 'Not now');
    });
    client.onAsk('break', () => {
      throw new Error('secret');
    });
    socket.says({ event: 'confirm', data: { name: 'a' }, id: '$1' });
    socket.says({ event: 'deny', id: '$2' });
    socket.says({ event: 'break', id: '$3' });
    socket.says({ event: 'what', id: '$4' });
    await settled();
    const by = new Map(socket.said.map((each) => [each['id'], each]));
    expect(by.get('$1')).toEqual({ event: '$reply', data: true, id: '$1' });
    expect(by.get('$2')).toMatchObject({ event: '$error', data: { code: 'BUSY' } });
    expect(by.get('$3')).toMatchObject({ event: '$error', data: { code: 'INTERNAL_ERROR' } });
    expect(by.get('$4')).toMatchObject({ event: '$error', data: { code: 'UNKNOWN_EVENT' } });
    expect(JSON.stringify(socket.said)).not.toContain('secret');
    expect(errors).toHaveLength(1);
  });

  it('abort when the connection is lost, and are answered no more', async () => {
    const { client, clock } = scripted();
    let signal: AbortSignal | undefined;
    let answer: ((value: unknown) => void) | undefined;
    const off = client.onAsk('confirm', (_, how) => {
      ({ signal } = how);
      return new Promise((resolve) => (answer = resolve));
    });
    expect(() => client.onAsk('confirm', () => true)).toThrow(TypeError);
    sockets.last.open().says({ event: 'confirm', id: '$1' });
    sockets.last.end();
    expect(signal?.aborted).toBe(true);
    clock.pass(1_000);
    sockets.last.open();
    answer?.(true);
    await settled();
    expect(sockets.last.said).toEqual([]);
    off();
  });

  it('without end are refused beyond a bound', () => {
    const { client } = scripted();
    client.onAsk('confirm', () => new Promise(() => {}));
    const socket = sockets.last.open();
    for (let each = 0; each < 300; each += 1) socket.says({ event: 'confirm', id: `$${each}` });
    expect(socket.said).toHaveLength(300 - 256);
  });
});
