// What servers, clocks and providers of tokens should never do. Each time: a clear state, an error with a
// code, no timer that is left behind, no busy loop. A rejection that nobody handles fails a spec by itself.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { presence } from '../rooms/presence.js';
import { ClientError } from '../support/client-error.js';
import { scripted, settled } from '../testing-fixtures/scripted-client.js';
import { ScriptedSocket } from '../testing-fixtures/scripted-socket.js';
import { isPosition, type Position } from '../wire/frame.js';
import type { ClientState } from './client-state.js';

const sockets = ScriptedSocket;

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'answered',
    (error: ClientError) => error.code,
  );

/** What becomes of a client that is closed with a code, and of a call that waits. */
const CLOSINGS: [code: number, state: ClientState['name'], call: string][] = [
  [1000, 'closed', 'CLOSED'],
  ...[1001, 1005, 1006, 1008, 1009, 1011, 1012, 1013, 1015, 4000, 4429, 4500, 4503].map(
    (code): [number, ClientState['name'], string] => [code, 'waiting', ''],
  ),
  [4400, 'refused', 'REFUSED'],
  [4403, 'refused', 'REFUSED'],
  [4404, 'refused', 'REFUSED'],
  [4401, 'signed-out', 'SIGNED_OUT'],
  // What no server can send comes from classes of sockets that are not the platform's.
  [0, 'waiting', ''],
  [NaN, 'waiting', ''],
  [65_536, 'waiting', ''],
];

describe.each([
  ['before it has let in', () => sockets.last, false],
  [
    'when it has let in',
    () => {
      sockets.last.accept();
      return sockets.last;
    },
    false,
  ],
  ['when messages flow', () => sockets.last.open(), true],
])('a server that closes %s', (_, reach, opened) => {
  it.each(CLOSINGS)('with %d: the client is %s', async (code, name, called) => {
    const { client, clock, states, errors } = scripted();
    const call = codeOf(client.call('add'));
    reach().end(code, 'why');
    expect(states.at(-1)).toBe(name);
    if (name !== 'waiting') {
      // What was sent may have been handled, however the connection ended.
      expect(await call).toBe(opened ? 'DISCONNECTED' : called);
      expect([clock.pending, sockets.all.length, errors]).toEqual([0, 1, []]);
      return;
    }
    expect(client.state).toMatchObject({ attempt: 1, why: { code: 'LOST', message: 'why' } });
    clock.pass(250);
    const again = sockets.last.open();
    if (opened) expect(await call).toBe('DISCONNECTED');
    else {
      again.says({ event: 'add', id: 1 });
      expect(await call).toBe('answered');
    }
    expect(sockets.all).toHaveLength(2);
    client.close();
    expect([clock.pending, errors]).toEqual([0, []]);
  });
});

describe('a server that is none', () => {
  it('says nonsense instead of an answer: it is waited for no longer than for silence', () => {
    const { client, clock } = scripted();
    sockets.last.accept();
    for (let second = 0; second < 10; second += 1) {
      expect(client.state.name).toBe('connecting');
      sockets.last.raw(`nonsense ${second}`);
      sockets.last.raw(new ArrayBuffer(8));
      clock.pass(1_000);
    }
    expect(client.state).toMatchObject({ name: 'waiting', why: { code: 'CONNECT_TIMEOUT' } });
    expect(client.stats.ignored).toBe(20);
  });

  it('says too much at once before it has answered', () => {
    const { client, errors } = scripted({ maxMessage: 10 });
    sockets.last.accept();
    sockets.last.raw(new ArrayBuffer(11));
    expect(client.state).toMatchObject({ name: 'waiting', why: { code: 'MESSAGE_TOO_BIG' } });
    expect(errors).toMatchObject([{ code: 'MESSAGE_TOO_BIG' }]);
  });

  it('refuses without a reason, or with one that is none', () => {
    for (const data of [undefined, null, 7, 'no', [], { code: 7 }, { code: 'X', message: 7 }]) {
      const { client } = scripted();
      sockets.last.accept();
      sockets.last.says({ event: 'exception', data });
      sockets.last.end(4403, 'why');
      expect(client.state).toMatchObject({ name: 'refused', status: 403 });
    }
  });

  it('comes and goes: each try is counted, and later than the one before', () => {
    const { client, clock } = scripted();
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 50; attempt += 1) {
      sockets.last.open().end();
      const { state } = client;
      if (state.name !== 'waiting') throw new Error(state.name);
      expect(state.attempt).toBe(attempt);
      pauses.push(state.in);
      clock.pass(state.in);
    }
    expect(sockets.all).toHaveLength(51);
    expect(pauses.slice(0, 6)).toEqual([250, 500, 1_000, 2_000, 4_000, 7_500]);
    expect(new Set(pauses.slice(6))).toEqual(new Set([7_500]));
  });

  it('says what it likes: nothing throws, and it is answered less than it says', async () => {
    const names = [
      '$joined',
      '$join',
      '$leave',
      '$gap',
      '$presence',
      '$shutdown',
      '$ping',
      '$reply',
    ];
    const events = fc.constantFrom(
      ...names,
      'exception',
      'expiring',
      'said',
      'add',
      'ask',
      'ticks',
    );
    const at = fc.record({
      room: fc.constantFrom<unknown>('r', 's', 'other', 7),
      epoch: fc.constantFrom('e', 'f'),
      offset: fc.oneof(fc.integer({ min: -1, max: 9 }), fc.constant(2 ** 53)),
    });
    const data = fc.oneof(
      fc.anything(),
      at,
      fc.record({
        room: fc.constantFrom('r', 's'),
        epoch: fc.constantFrom('e', 'f'),
        offset: fc.integer({ min: 0, max: 9 }),
        count: fc.integer({ min: -1, max: 9 }),
        recovered: fc.constantFrom(true, false, undefined, 'yes'),
      }),
      fc.record({
        room: fc.constantFrom('r', 's'),
        people: fc.anything(),
        joined: fc.array(fc.record({ key: fc.string(), meta: fc.anything() })),
        left: fc.anything(),
      }),
      fc.record({ code: fc.constantFrom('UNKNOWN_EPOCH', 'UNAVAILABLE', 'RATE_LIMITED', 'NO') }),
      fc.record({ reconnect: fc.record({ after: fc.anything(), within: fc.anything() }) }),
    );
    const frame = fc.record(
      {
        event: events,
        data,
        id: fc.constantFrom<unknown>(0, 1, 2, 3, 4, 5, '$1', '$2', 'x', -1, 1.5, {}),
        at: fc.oneof(at, fc.constantFrom<unknown>(null, 7, '', [])),
        mail: fc.constantFrom<unknown>(1, '1', -1),
        complete: fc.constantFrom<unknown>(true, false, 1),
      },
      { requiredKeys: ['event'] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(frame, fc.anything()), { maxLength: 40 }),
        async (said) => {
          const { client, clock, errors } = scripted({ token: () => 'token' });
          await settled();
          const room = client.room('r');
          const ended = [
            codeOf(room.join()),
            codeOf(client.call('add', 1, { key: true })),
            codeOf(client.once('said')),
            codeOf(client.stream('ticks', 1, { resume: true }).next()),
          ];
          const places: (Position | undefined)[] = [];
          client.onAsk('ask', (asked) => asked);
          client.onMail('said', () => {});
          // One room that is joined, and one that the server may put the client into.
          for (const each of [room, client.room('s')]) {
            each.on('said', (_data, info) => places.push(info.at));
          }
          presence(room).onChange((people) => [...people]);
          const socket = sockets.last.open();
          for (const each of said) {
            socket.raw(safely(each));
            await settled();
          }
          expect(errors.filter((error) => !(error instanceof ClientError))).toEqual([]);
          expect(places.filter((place) => !isPosition(place))).toEqual([]);
          expect(socket.sent.length).toBeLessThanOrEqual(10 + 2 * said.length);
          client.close();
          await Promise.all(ended);
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** As JSON, where it can be that. */
function safely(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    return '{';
  }
}

describe('a page that was frozen for an hour', () => {
  const HOUR = 3_600_000;

  it('tries once when it wakes up while it waits', () => {
    const { client, clock } = scripted();
    sockets.last.end();
    clock.freeze(HOUR);
    expect([client.state.name, sockets.all.length]).toEqual(['connecting', 2]);
  });

  it('loses nothing in silence: what waited has expired, what was asked has timed out', async () => {
    const { client, clock } = scripted();
    const asked = codeOf(client.call('add'));
    sockets.last.open();
    clock.freeze(HOUR);
    expect(await asked).toBe('TIMEOUT');
    sockets.last.end();
    const waits = codeOf(client.send('say'));
    clock.freeze(HOUR);
    sockets.last.open();
    expect(await waits).toBe('EXPIRED');
    expect(sockets.last.said).toEqual([]);
  });

  it('gives a token that is on its way another chance', async () => {
    let give: ((token: string) => void) | undefined;
    const { client, clock } = scripted({
      token: () => new Promise((resolve) => (give = resolve)),
    });
    clock.freeze(HOUR);
    give?.('late');
    await settled();
    sockets.last.open();
    expect(client.state.name).toBe('open');
  });
});

describe('a clock of the day that jumps', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each([0, -1e15, 8.64e15, NaN])('to %d changes nothing but what it says', (now) => {
    const { client, clock } = scripted();
    sockets.last.open();
    jest.spyOn(Date, 'now').mockReturnValue(now);
    clock.pass(25_000);
    expect(sockets.last.sent).toHaveLength(2);
    sockets.last.says({ event: '$ping', id: 0 });
    sockets.last.end();
    expect(client.state).toMatchObject({ name: 'waiting', in: 250, until: now + 250 });
    clock.pass(250);
    expect(client.state.name).toBe('connecting');
  });
});

describe('a token that cannot be had', () => {
  it('is asked for once each try, with growing pauses', async () => {
    let asked = 0;
    const { client, clock, errors } = scripted({
      token: () => {
        asked += 1;
        throw new Error(`no ${asked}`);
      },
    });
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 20; attempt += 1) {
      await settled();
      const { state } = client;
      if (state.name !== 'waiting') throw new Error(state.name);
      expect([asked, state.attempt, state.why.code]).toEqual([
        attempt,
        attempt,
        'TOKEN_UNAVAILABLE',
      ]);
      pauses.push(state.in);
      clock.pass(state.in);
    }
    expect(pauses.slice(0, 6)).toEqual([250, 500, 1_000, 2_000, 4_000, 7_500]);
    expect([errors.length, sockets.all.length]).toEqual([20, 0]);
  });

  it.each([7, {}, 'ä', 'a b', ''])('because it is %p ends in a clear state', async (token) => {
    const { client, clock } = scripted({ token: () => token as never });
    await settled();
    for (let tries = 0; sockets.all.length > tries && tries < 5; tries += 1) {
      sockets.last.refuse(401, 'UNAUTHORIZED');
      await settled();
    }
    expect(['refused', 'signed-out']).toContain(client.state.name);
    expect([clock.pending, sockets.all.length < 3]).toEqual([0, true]);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('offline')), ['offline']],
    ['is null', () => null, []],
    ['never comes', () => new Promise<never>(() => {}), []],
  ])('for a renewal (%s) leaves the connection as it is', async (_, second, told) => {
    const asked: boolean[] = [];
    const { client, clock, errors } = scripted({
      token: ({ refused }) => (asked.push(refused) === 2 ? second() : `t${asked.length}`),
    });
    await settled();
    sockets.last.open().says({ event: 'expiring', data: {} });
    await settled();
    expect(client.state.name).toBe('open');
    expect(errors.map((error) => (error as Error).message)).toEqual(told);
    // The session ends; the next connection renews as if nothing had been.
    clock.pass(20_000);
    sockets.last.end(4401, 'Session expired');
    await settled();
    expect(sockets.last.offered.at(-1)).toBe('bearer.t3');
    sockets.last.open().says({ event: 'expiring', data: {} });
    await settled();
    expect(sockets.last.said).toMatchObject([{ event: 'reauthenticate', data: { token: 't4' } }]);
    expect(asked).toEqual([false, false, true, false]);
  });
});
