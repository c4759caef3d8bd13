import { describe, expect, it } from '@jest/globals';
import type { ClientError } from '../support/client-error.js';
import { scripted, settled } from '../testing-fixtures/scripted-client.js';
import { ScriptedSocket } from '../testing-fixtures/scripted-socket.js';

const sockets = ScriptedSocket;

describe('a connection', () => {
  it('is open once the server has answered, not when it was let in', () => {
    const { client, states } = scripted();
    expect(sockets.last.offered).toEqual(['nestwire.1']);
    sockets.last.accept();
    expect(client.state).toEqual({ name: 'connecting', attempt: 1 });
    sockets.last.says({ event: '$ping', id: 0 });
    expect(states).toEqual(['connecting', 'open']);
  });

  it('is open as well when another frame comes first', () => {
    const { client } = scripted();
    sockets.last.accept();
    sockets.last.says({ event: '$joined', data: {} });
    expect(client.state.name).toBe('open');
  });

  it('offers its own protocols first, and the token last', async () => {
    scripted({
      protocols: ['chat'],
      token: async () => 'secret',
      query: { a: 'b c', d: undefined },
    });
    await settled();
    expect(sockets.last.offered).toEqual(['chat', 'nestwire.1', 'bearer.secret']);
    expect(sockets.last.url).toBe('ws://server/board?a=b%20c');
  });

  it.each(['', 'other'])('is refused where the server speaks %p', (protocol) => {
    const { client } = scripted();
    sockets.last.accept(protocol);
    expect(client.state).toMatchObject({ name: 'refused', code: 'UNSUPPORTED_PROTOCOL' });
    expect(sockets.last.closed).toBeDefined();
  });

  it('comes back after a growing, random pause', () => {
    const { client, clock } = scripted();
    const pauses = [0, 1, 2, 3, 4, 5, 6].map(() => {
      sockets.last.end();
      const { state } = client;
      if (state.name !== 'waiting') throw new Error(state.name);
      clock.pass(state.in);
      expect(client.state.name).toBe('connecting');
      return [state.attempt, state.in];
    });
    expect(pauses).toEqual([
      [1, 250],
      [2, 500],
      [3, 1000],
      [4, 2000],
      [5, 4000],
      [6, 7500],
      [7, 7500],
    ]);
  });

  it('starts with small pauses again only after a steady connection', () => {
    const { client, clock } = scripted();
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    clock.pass(9_000);
    sockets.last.end();
    expect(client.state).toMatchObject({ name: 'waiting', attempt: 2, in: 500 });
    clock.pass(500);
    sockets.last.open();
    clock.pass(10_000);
    sockets.last.end();
    expect(client.state).toMatchObject({ name: 'waiting', attempt: 1, in: 250 });
  });

  it.each([
    [400, 'BAD_REQUEST'],
    [403, 'FORBIDDEN'],
    [404, 'NOT_FOUND'],
  ])('is refused for good with %d', (status, code) => {
    const { client, states } = scripted();
    sockets.last.refuse(status, code);
    expect(client.state).toEqual({ name: 'refused', status, code, message: `No: ${code}` });
    expect(states).toEqual(['connecting', 'refused']);
    client.connect();
    expect(client.state.name).toBe('connecting');
  });

  it.each([429, 503])('waits as long as the server wishes after %d', (status) => {
    const { client, clock } = scripted();
    sockets.last.refuse(status, 'BUSY', { details: { retryAfter: 60_000 } });
    expect(client.state).toMatchObject({ name: 'waiting', in: 60_250, why: { code: 'BUSY' } });
    clock.pass(60_250);
    expect(client.state).toEqual({ name: 'connecting', attempt: 2 });
  });

  it('waits as the notice of a shutdown wishes', () => {
    const { client } = scripted();
    const socket = sockets.last.open();
    socket.says({
      event: '$shutdown',
      data: { code: 1012, reason: '', reconnect: { after: 1_000, within: 4_000 } },
    });
    socket.end(1012);
    expect(client.state).toMatchObject({ name: 'waiting', in: 3_000, why: { code: 'SHUTDOWN' } });
  });

  it.each([-1, 1e300, 'soon', null, {}])('takes no pause of %p for the truth', (wish) => {
    const { client } = scripted();
    const socket = sockets.last.open();
    socket.says({ event: '$shutdown', data: { reconnect: { after: wish, within: wish } } });
    socket.end(1012);
    if (client.state.name !== 'waiting') throw new Error(client.state.name);
    expect(client.state.in).toBeLessThanOrEqual(1.5 * 3_600_000);
  });

  it('is closed for good with 1000, by either end', () => {
    const { client } = scripted();
    sockets.last.open().end(1000, 'bye');
    expect(client.state).toEqual({ name: 'closed', by: 'server', code: 1000, reason: 'bye' });
    client.connect();
    sockets.last.open();
    client.close(4000, 'enough');
    expect(client.state).toEqual({ name: 'closed', by: 'client', code: 4000, reason: 'enough' });
    expect(sockets.last.closed).toEqual({ code: 4000, reason: 'enough' });
  });

  it('changes nothing when it cannot be closed with that code', () => {
    const { client } = scripted();
    sockets.last.open();
    expect(() => client.close(1001)).toThrow();
    expect(client.state.name).toBe('open');
  });

  it.each([true, false])('lets retry overrule a code with %p', (again) => {
    const { client } = scripted({
      retry: ({ opened }) => opened && again,
    });
    sockets.last.open().end(again ? 4403 : 1006);
    expect(client.state.name).toBe(again ? 'waiting' : 'refused');
  });

  it('hears nothing of a socket it has left', () => {
    const { client } = scripted();
    const old = sockets.last.open();
    client.reconnect();
    old.says({ event: 'x' });
    old.end(4403);
    expect(client.state.name).toBe('connecting');
    sockets.last.open();
    expect(client.state.name).toBe('open');
  });

  it('does not wait for an answer without end', () => {
    const { client, clock } = scripted();
    sockets.last.accept();
    clock.pass(10_000);
    expect(client.state).toMatchObject({ name: 'waiting', why: { code: 'CONNECT_TIMEOUT' } });
    expect(sockets.last.closed).toBeDefined();
  });

  it('connects only when it is told to with autoConnect: false', async () => {
    const { client } = scripted({ autoConnect: false });
    expect(client.state.name).toBe('closed');
    await expect(client.call('x')).rejects.toMatchObject({ code: 'CLOSED' });
    client.connect();
    sockets.last.open();
    await client.opened();
  });

  it('is refused for an address or token that no socket can have', async () => {
    const { client } = scripted({ token: () => 'not a token' });
    await settled();
    expect(client.state).toMatchObject({ name: 'refused', code: 'BAD_REQUEST' });
  });

  it('waits where the query cannot be had, and asks again', () => {
    let asked = 0;
    const { client, clock, errors } = scripted({
      query: () => {
        asked += 1;
        if (asked === 1) throw new Error('not yet');
        return { asked };
      },
    });
    expect(sockets.all).toEqual([]);
    expect(client.state).toMatchObject({ name: 'waiting', why: { code: 'QUERY_UNAVAILABLE' } });
    expect(errors).toMatchObject([{ message: 'not yet' }]);
    clock.pass(1_000);
    expect(sockets.last.url).toBe('ws://server/board?asked=2');
  });

  it('opens nothing when it is closed while its query is asked for', () => {
    const { client } = scripted({
      autoConnect: false,
      query: () => {
        client.close();
        return {};
      },
    });
    client.connect();
    expect([client.state.name, sockets.all]).toEqual(['closed', []]);
  });

  it('survives a listener that closes it in each state', () => {
    for (const name of ['connecting', 'open', 'waiting'] as const) {
      const { client } = scripted({ autoConnect: false });
      client.onState((state) => {
        if (state.name === name) client.close();
      });
      client.connect();
      if (name !== 'connecting') sockets.last.open();
      if (name === 'waiting') sockets.last.end();
      expect(client.state.name).toBe('closed');
    }
  });
});

describe('a token', () => {
  it('is asked for once more, at once, when it was refused', async () => {
    const asked: boolean[] = [];
    const { client, states } = scripted({
      token: ({ refused }) => {
        asked.push(refused);
        return `t${asked.length}`;
      },
    });
    await settled();
    sockets.last.refuse(401, 'UNAUTHORIZED');
    await settled();
    expect(sockets.last.offered.at(-1)).toBe('bearer.t2');
    sockets.last.refuse(401, 'UNAUTHORIZED');
    await settled();
    expect(asked).toEqual([false, true]);
    expect(states).toEqual(['connecting', 'connecting', 'signed-out']);
    expect(client.state).toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('is asked for again each time a session has ended', async () => {
    let asked = 0;
    const { client, clock } = scripted({ token: () => `t${(asked += 1)}` });
    for (let round = 0; round < 3; round += 1) {
      await settled();
      sockets.last.open();
      clock.pass(20_000);
      sockets.last.end(4401, 'Session expired');
    }
    await settled();
    expect(asked).toBe(4);
    expect(client.state.name).toBe('connecting');
  });

  it('is no busy loop when it is refused right after each opening', async () => {
    let asked = 0;
    const { client, clock } = scripted({ token: () => `t${(asked += 1)}` });
    for (let round = 0; round < 4; round += 1) {
      await settled();
      sockets.last.open().end(4401);
      if (client.state.name === 'waiting') clock.pass(client.state.in);
    }
    await settled();
    expect(clock.time).toBeGreaterThan(1_000 + 250 + 500);
  });

  it('that is null signs out, without one 4401 does so, too', async () => {
    const { client } = scripted({ token: () => null });
    await settled();
    expect(client.state).toMatchObject({ name: 'signed-out', code: 'NO_TOKEN' });
    expect(sockets.all).toHaveLength(0);
    const { client: other } = scripted();
    sockets.last.refuse(401, 'UNAUTHORIZED');
    expect(other.state.name).toBe('signed-out');
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('offline'))],
    [
      'throws',
      () => {
        throw new Error('offline');
      },
    ],
  ])('that cannot be had (%s) is waited for', async (_, token) => {
    const { client, errors } = scripted({ token });
    await settled();
    expect(client.state).toMatchObject({ name: 'waiting', why: { code: 'TOKEN_UNAVAILABLE' } });
    expect(errors).toHaveLength(1);
  });

  it('that never comes ends with the connect timeout, and its signal aborts', () => {
    let signal: AbortSignal | undefined;
    const { client, clock } = scripted({
      token: (how) => {
        ({ signal } = how);
        return new Promise(() => {});
      },
    });
    clock.pass(10_000);
    expect(client.state).toMatchObject({ name: 'waiting', why: { code: 'CONNECT_TIMEOUT' } });
    expect(signal?.aborted).toBe(true);
  });

  it.each(['close', 'connect'] as const)(
    'whose signal aborts may %s the client in the middle of it',
    async (what) => {
      let asked = 0;
      const { client, clock } = scripted({
        token: ({ signal }) => {
          asked += 1;
          if (asked > 1) return `t${asked}`;
          signal.addEventListener('abort', () => client[what]());
          return new Promise(() => {});
        },
      });
      clock.pass(10_000);
      await settled();
      expect(client.state.name).toBe(what === 'close' ? 'closed' : 'connecting');
      clock.pass(9_000);
      await settled();
      expect(sockets.all).toHaveLength(what === 'close' ? 0 : 1);
    },
  );

  it('whose renewal is cut off may connect again in the middle of it: calls have failed', async () => {
    let asked = 0;
    const { client } = scripted({
      token: ({ signal }) => {
        asked += 1;
        if (asked !== 2) return `t${asked}`;
        signal.addEventListener('abort', () => client.connect());
        return new Promise(() => {});
      },
    });
    await settled();
    const socket = sockets.last.open();
    socket.says({ event: 'expiring', data: {} });
    await settled();
    const called = client.call('add').catch((error: ClientError) => error.code);
    socket.end();
    expect(client.state.name).toBe('connecting');
    await settled();
    expect(await called).toBe('DISCONNECTED');
    sockets.last.open();
    expect([client.state.name, sockets.all.length]).toEqual(['open', 2]);
  });

  it('is renewed in place when the session is about to end', async () => {
    let asked = 0;
    scripted({ token: () => `t${(asked += 1)}` });
    await settled();
    const socket = sockets.last.open();
    for (let flood = 0; flood < 100; flood += 1) socket.says({ event: 'expiring', data: {} });
    await settled();
    expect(asked).toBe(2);
    expect(socket.said).toEqual([{ event: 'reauthenticate', data: { token: 't2' }, id: 1 }]);
  });
});

describe('the life of a connection', () => {
  it('is asked for after silence, and given up without an answer', () => {
    const { client, clock } = scripted();
    const socket = sockets.last.open();
    clock.pass(25_000);
    expect(socket.sent.filter(({ event }) => event === '$ping')).toHaveLength(2);
    clock.pass(10_000);
    expect(client.state).toMatchObject({ name: 'waiting', why: { code: 'NO_ANSWER' } });
    expect(socket.closed).toBeDefined();
  });

  it('goes on with whatever the server says', () => {
    const { client, clock } = scripted();
    const socket = sockets.last.open();
    for (let turn = 0; turn < 20; turn += 1) {
      clock.pass(20_000);
      socket.says({ event: 'tick' });
    }
    expect(client.state.name).toBe('open');
    expect(socket.sent).toHaveLength(1);
  });

  it('is not over because a page was frozen for an hour: it is asked first', () => {
    const { client, clock } = scripted();
    const socket = sockets.last.open();
    clock.freeze(3_600_000);
    expect(client.state.name).toBe('open');
    socket.says({ event: '$ping', id: 0 });
    clock.pass(20_000);
    expect(client.state.name).toBe('open');
    clock.freeze(3_600_000);
    clock.pass(5_000);
    expect(client.state.name).toBe('waiting');
  });

  it('gives a handshake that was frozen another chance', () => {
    const { client, clock } = scripted();
    clock.freeze(3_600_000);
    expect(client.state.name).toBe('connecting');
    sockets.last.open();
    expect(client.state.name).toBe('open');
  });

  it('ends with a message that is too big', () => {
    const { client, errors } = scripted({ maxMessage: 100 });
    const socket = sockets.last.open();
    socket.raw(`"${'x'.repeat(100)}"`);
    expect(client.state).toMatchObject({ name: 'waiting', why: { code: 'MESSAGE_TOO_BIG' } });
    expect(socket.closed?.code).toBe(4009);
    expect(errors).toMatchObject([{ code: 'MESSAGE_TOO_BIG' }]);
  });

  it('counts nonsense, and goes on', () => {
    const { client, errors } = scripted();
    const socket = sockets.last.open();
    const nonsense = [
      'x',
      '',
      'null',
      '7',
      '[]',
      '{}',
      '{"event":7}',
      '{"event":""}',
      '{"event":"a","id":{}}',
      '{"event":"a","at":{}}',
      '{"event":"a","at":{"room":"r","epoch":"e","offset":-1}}',
      '{"event":"a","mail":"1"}',
      '{"__proto__":{"event":"a"}}',
      `{"event":"${'e'.repeat(129)}"}`,
    ];
    for (const text of nonsense) socket.raw(text);
    socket.raw('['.repeat(100_000));
    expect(client.stats.ignored).toBe(nonsense.length + 1);
    expect([client.state.name, errors]).toEqual(['open', []]);
  });
});
