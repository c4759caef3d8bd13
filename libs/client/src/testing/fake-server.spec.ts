import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ClientError, connect, presence, type Client } from '../index.js';
import { fakeServer, itemSource, type FakeServer } from './index.js';

interface Board {
  calls: {
    move(data: { card: string; to: number }): { card: string };
    slow(): string;
    login(): void;
  };
  streams: { ticks(data: { from: number }): number };
  events: { moved: { card: string }; said: string };
  questions: { confirm(data: { card: string }): boolean };
  presence: { name: string };
}

interface Started {
  readonly server: FakeServer<Board>;
  readonly board: Client<Board>;
  readonly errors: unknown[];
}

const boards: Client<Board>[] = [];

afterEach(() => {
  for (const board of boards.splice(0)) board.close();
});

async function start(): Promise<Started> {
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const server = fakeServer<Board>({ onError });
  const board = connect<Board>('ws://test/board', {
    WebSocket: server.WebSocket,
    backoff: { first: 0 },
    onError,
  });
  boards.push(board);
  await board.opened();
  return { server, board, errors };
}

async function reopened(board: Client<Board>): Promise<void> {
  while (board.state.name !== 'open') await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('a fake server', () => {
  it('answers calls with what their handler returns, and lists what it has received', async () => {
    const { server, board } = await start();
    server.onCall('move', ({ card }) => ({ card }));
    expect(await board.call('move', { card: 'a', to: 3 })).toEqual({ card: 'a' });
    await board.send('move', { card: 'b', to: 4 });
    await server.settled();
    expect(server.received('move')).toEqual([
      { card: 'a', to: 3 },
      { card: 'b', to: 4 },
    ]);
    expect(server.frames.map(({ event }) => event)).toEqual(['move', 'move']);
    expect(server.connections[0]?.received('move')).toHaveLength(2);
  });

  it('tells a ClientError to the client, and of any other error nothing', async () => {
    const { server, board, errors } = await start();
    const details = { field: 'to' };
    server.onCall('move', ({ to }) => {
      if (to < 0) throw new ClientError('BAD_REQUEST', 'Too far', { details });
      throw new Error('secret');
    });
    await expect(board.call('move', { card: 'a', to: -1 })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: 'Too far',
      details,
    });
    await expect(board.call('move', { card: 'a', to: 1 })).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      message: 'Internal server error',
    });
    expect(errors).toEqual([new Error('secret')]);
    await expect(board.call('slow')).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
  });

  it('tells a handler that the client waits no more, and takes a handler back', async () => {
    const { server, board } = await start();
    const gaveUp = jest.fn();
    const off = server.onCall('slow', (_data, { signal }) => {
      signal.addEventListener('abort', gaveUp);
      return new Promise<string>(() => {});
    });
    const controller = new AbortController();
    const answer = board.call('slow', undefined, { signal: controller.signal });
    await server.settled();
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: 'ABORTED' });
    await server.settled();
    expect(gaveUp).toHaveBeenCalledTimes(1);
    off();
    expect(server.received('slow')).toHaveLength(1);
  });

  it('handles a call with a key once, however often it comes', async () => {
    const { server, board } = await start();
    let times = 0;
    server.onCall('slow', async () => {
      times += 1;
      if (times === 1) server.drop();
      return `time ${times}`;
    });
    expect(await board.call('slow', undefined, { key: true })).toBe('time 1');
    expect(server.received('slow')).toHaveLength(2);
    expect(times).toBe(1);
  });

  it('streams what a handler iterates, and what a test hands out', async () => {
    const { server, board } = await start();
    server.onStream('ticks', ({ from }) => [from, from + 1]);
    const read: number[] = [];
    for await (const tick of board.stream('ticks', { from: 5 })) read.push(tick);
    expect(read).toEqual([5, 6]);

    const ticks = itemSource<number>();
    server.onStream('ticks', () => ticks);
    const stream = board.stream('ticks', { from: 0 });
    const first = stream.next();
    await server.settled();
    ticks.push(1);
    ticks.push(2);
    expect((await first).value).toBe(1);
    expect((await stream.next()).value).toBe(2);
    expect(ticks.left).toBe(false);
    await stream.return?.();
    await server.settled();
    expect(ticks.left).toBe(true);
  });

  it('ends a stream with the error it fails with', async () => {
    const { server, board } = await start();
    const ticks = itemSource<number>();
    server.onStream('ticks', () => ticks);
    const stream = board.stream('ticks', { from: 0 });
    const first = stream.next();
    ticks.fail(new ClientError('TOO_LATE', 'No more today'));
    await expect(first).rejects.toMatchObject({ code: 'TOO_LATE' });
  });

  it('says events at once to whoever is there, and asks questions', async () => {
    const { server, board } = await start();
    const moved: string[] = [];
    board.on('moved', ({ card }) => moved.push(card));
    server.emit('moved', { card: 'a' });
    expect(moved).toEqual(['a']);
    board.onAsk('confirm', ({ card }) => card === 'a');
    expect(await server.ask('confirm', { card: 'a' })).toBe(true);
    board.close();
    await server.settled();
    expect(server.connections).toEqual([]);
    await expect(server.ask('confirm', { card: 'a' })).rejects.toThrow('no client is connected');
  });

  it('rejects a question whose client is gone before it has answered', async () => {
    const { server, board } = await start();
    board.onAsk('confirm', () => new Promise<boolean>(() => {}));
    const answer = server.ask('confirm', { card: 'a' });
    server.drop();
    await expect(answer).rejects.toMatchObject({ code: 'DISCONNECTED' });
  });

  it('refuses with a status, by the token if it likes, and lets in again', async () => {
    const server = fakeServer<Board>();
    server.refuse(({ token }) => (token === 'good' ? undefined : 401));
    const tokens = ['bad', 'good', 'one', 'two'];
    const board = connect<Board>('ws://test/board', {
      WebSocket: server.WebSocket,
      token: () => tokens.shift(),
    });
    await board.opened();
    expect(server.attempts.map(({ token }) => token)).toEqual(['bad', 'good']);
    expect(server.connections[0]?.token).toBe('good');

    server.refuse(403, { code: 'NOT_YOURS', message: 'Not your board' });
    board.reconnect();
    await expect(board.opened()).rejects.toMatchObject({ code: 'REFUSED' });
    expect(board.state).toEqual({
      name: 'refused',
      status: 403,
      code: 'NOT_YOURS',
      message: 'Not your board',
    });
    server.admit();
    board.connect();
    await board.opened();
    board.close();
    expect(() => server.refuse(200)).toThrow(
      new RangeError('Cannot refuse: a status from 400 to 599 is expected, current value is 200'),
    );
  });

  it('renews a session on the open connection', async () => {
    const server = fakeServer<Board>();
    let asked = 0;
    const board = connect<Board>('ws://test/board', {
      WebSocket: server.WebSocket,
      token: () => `token-${(asked += 1)}`,
    });
    await board.opened();
    server.expire();
    await server.settled();
    expect(server.connections.map(({ token }) => token)).toEqual(['token-2']);
    board.close();
  });

  it('drops connections, and the client comes back', async () => {
    const { server, board } = await start();
    const states: string[] = [];
    board.onState(({ name }) => states.push(name));
    server.drop();
    await reopened(board);
    expect(states).toEqual(['waiting', 'connecting', 'open']);
    server.drop(4403, 'Banned');
    expect(board.state).toMatchObject({ name: 'refused', status: 403, message: 'Banned' });
  });

  it('sends everybody away with the time to come back', async () => {
    const { server, board } = await start();
    server.shutdown({ after: 30, within: 0 });
    expect(board.state).toMatchObject({ name: 'waiting', in: 30, why: { code: 'SHUTDOWN' } });
    await reopened(board);
  });

  it('goes silent without a word, and says later what has waited', async () => {
    const { server, board } = await start();
    const moved: string[] = [];
    board.on('moved', ({ card }) => moved.push(card));
    server.onCall('move', ({ card }) => ({ card }));
    server.silence();
    server.emit('moved', { card: 'a' });
    const answer = board.call('move', { card: 'b', to: 1 });
    await server.settled();
    expect(moved).toEqual([]);
    expect(server.received('move')).toEqual([]);
    expect(board.state.name).toBe('open');
    server.resume();
    expect(moved).toEqual(['a']);
    expect(await answer).toEqual({ card: 'b' });
  });

  it('has time pass for the client alone where timers are fake', async () => {
    jest.useFakeTimers();
    try {
      const { server, board } = await start();
      server.silence();
      jest.advanceTimersByTime(25_000);
      jest.advanceTimersByTime(10_000);
      expect(board.state).toMatchObject({ name: 'waiting', why: { code: 'NO_ANSWER' } });
      server.resume();
      jest.advanceTimersByTime(500);
      await server.settled();
      expect(board.state.name).toBe('open');
      board.close();
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('a room of a fake server', () => {
  it('has a history from which a client recovers', async () => {
    const { server, board } = await start();
    const lobby = server.room('lobby');
    lobby.publish('said', 'before');
    const heard: string[] = [];
    const recovered: boolean[] = [];
    const room = board.room('lobby');
    room.on('said', (text, { at }) => heard.push(`${at?.offset} ${text}`));
    room.onRecovered((how) => recovered.push(how.recovered));
    expect(await room.join()).toMatchObject({ offset: 1, count: 0 });
    lobby.publish('said', 'one');
    server.drop();
    lobby.publish('said', 'two');
    await reopened(board);
    await server.settled();
    expect(heard).toEqual(['2 one', '3 two']);
    expect(recovered).toEqual([true]);

    lobby.lose('said', 'three');
    await server.settled();
    expect(heard.at(-1)).toBe('4 three');

    server.drop();
    for (const text of ['four', 'five', 'six']) lobby.publish('said', text);
    lobby.keep(1);
    await reopened(board);
    await server.settled();
    expect(recovered.at(-1)).toBe(false);

    server.drop();
    lobby.forget();
    await reopened(board);
    await server.settled();
    expect(recovered.at(-1)).toBe(false);
    lobby.publish('said', 'anew');
    expect(heard.at(-1)).toBe('1 anew');
    await room.leave();
    expect(lobby.members).toEqual([]);
  });

  it('says who is there, and lists a client that is granted so', async () => {
    const { server, board } = await start();
    const lobby = server.room('lobby');
    lobby.enter('ada', { name: 'Ada' });
    server.onJoin((name) =>
      name === 'lobby' ? { presence: true, key: 'me', meta: { name: 'Me' }, latest: 2 } : false,
    );
    const room = board.room('lobby');
    await room.join();
    const there = presence(room);
    expect([...there.people.keys()]).toEqual(['ada', 'me']);
    lobby.leave('ada');
    lobby.enter('bob', { name: 'Bob' });
    expect([...there.people.values()].map(({ meta }) => meta.name)).toEqual(['Me', 'Bob']);
    await expect(board.room('other').join()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('hears what has no place, and leaves with the connection', async () => {
    const { server, board } = await start();
    await board.room('lobby').join();
    const said: string[] = [];
    board.on('said', (text) => said.push(text));
    server.room('lobby').emit('said', 'hello');
    expect(said).toEqual(['hello']);
    board.close();
    await server.settled();
    expect(server.room('lobby').members).toEqual([]);
  });
});
