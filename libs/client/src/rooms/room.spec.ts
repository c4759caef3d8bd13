import { describe, expect, it } from '@jest/globals';
import type { ClientError } from '../support/client-error.js';
import { scripted, settled } from '../testing-fixtures/scripted-client.js';
import { ScriptedSocket } from '../testing-fixtures/scripted-socket.js';
import { presence } from './presence.js';

const sockets = ScriptedSocket;

/** A client in the room `r`, at the offset 2 of the epoch `e`. */
async function inRoom() {
  const all = scripted();
  const room = all.client.room('r');
  const heard: unknown[] = [];
  room.on('said', (data) => heard.push(data));
  room.onRecovered(({ recovered, count }) => heard.push(recovered, count));
  const joined = room.join();
  sockets.last.open();
  const { id } = lastJoin();
  welcome(id, { offset: 2, count: 0 });
  await joined;
  await settled();
  return { ...all, room, heard };
}

function lastJoin(): { id: number; data: unknown } {
  const join = sockets.last.said.filter(({ event }) => event === '$join').at(-1);
  if (join === undefined) throw new Error('No join');
  return { id: Number(join['id']), data: join['data'] };
}

function welcome(
  id: number,
  how: { offset: number; count: number; recovered?: boolean; epoch?: string },
): void {
  const data = { room: 'r', epoch: 'e', ...how };
  sockets.last.says({ event: '$joined', data });
  sockets.last.says({ event: '$join', data, id });
}

function say(offset: number, epoch = 'e'): void {
  sockets.last.says({ event: 'said', data: offset, at: { room: 'r', epoch, offset } });
}

function refuse(id: number, code: string): void {
  sockets.last.says({ event: 'exception', id, data: { status: 'error', code, message: code } });
}

const joins = (): unknown[] => sockets.last.said.filter(({ event }) => event === '$join');

describe('a room', () => {
  it('is entered, and hands out each message once, to the room and to the client', async () => {
    const { client, room, heard } = await inRoom();
    const all: unknown[] = [];
    client.on('said', (data, { at }) => all.push([data, at?.offset]));
    for (const offset of [1, 2, 3, 3, 4, 2]) say(offset);
    expect(heard).toEqual([3, 4]);
    expect(all).toEqual([
      [3, 3],
      [4, 4],
    ]);
    expect(room.position).toEqual({ room: 'r', epoch: 'e', offset: 4 });
    expect(client.room('r')).toBe(room);
  });

  it('is entered again after a reconnect, from where it was', async () => {
    const { clock, heard } = await inRoom();
    say(3);
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    expect(lastJoin().data).toEqual({ room: 'r', epoch: 'e', offset: 3 });
    welcome(lastJoin().id, { offset: 5, count: 2, recovered: true });
    for (const offset of [4, 5, 6]) say(offset);
    expect(heard).toEqual([3, true, 2, 4, 5, 6]);
  });

  it('goes on where a recovery was cut', async () => {
    const { clock, heard } = await inRoom();
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    sockets.last.says({
      event: '$joined',
      data: { room: 'r', epoch: 'e', offset: 5, count: 3, recovered: true },
    });
    say(3);
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    expect(lastJoin().data).toEqual({ room: 'r', epoch: 'e', offset: 3 });
    welcome(lastJoin().id, { offset: 5, count: 2, recovered: true });
    for (const offset of [4, 5]) say(offset);
    expect(heard).toEqual([true, 3, 3, true, 2, 4, 5]);
  });

  it('says when something is lost, before what follows', async () => {
    const { clock, heard } = await inRoom();
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    welcome(lastJoin().id, { offset: 50, count: 2, recovered: false });
    for (const offset of [49, 50, 51]) say(offset);
    expect(heard).toEqual([false, 2, 49, 50, 51]);
  });

  it('begins anew in another epoch', async () => {
    const { clock, heard, room } = await inRoom();
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    refuse(lastJoin().id, 'UNKNOWN_EPOCH');
    await settled();
    expect(lastJoin().data).toEqual({ room: 'r' });
    welcome(lastJoin().id, { epoch: 'f', offset: 1, count: 1 });
    say(1, 'f');
    expect(heard).toEqual([false, 1, 1]);
    expect(room.position?.epoch).toBe('f');
  });

  it.each(['UNKNOWN_EPOCH', 'BAD_REQUEST'])(
    'is no busy loop for a server that always says %s',
    async (code) => {
      const { clock, errors } = await inRoom();
      sockets.last.end();
      clock.pass(1_000);
      sockets.last.open();
      for (let turn = 0; turn < 10; turn += 1) {
        refuse(lastJoin().id, code);
        await settled();
      }
      expect(joins()).toHaveLength(2);
      expect(errors).toMatchObject([{ code }]);
    },
  );

  it('joins again when an offset jumps, and doubles nothing', async () => {
    const { heard } = await inRoom();
    say(3);
    say(6);
    say(7);
    expect(joins()).toHaveLength(2);
    expect(lastJoin().data).toEqual({ room: 'r', epoch: 'e', offset: 3 });
    sockets.last.says({
      event: '$joined',
      data: { room: 'r', epoch: 'e', offset: 8, count: 5, recovered: true },
    });
    for (const offset of [4, 5, 6, 7, 8, 9]) say(offset);
    expect(heard).toEqual([3, true, 5, 4, 5, 6, 7, 8, 9]);
  });

  it('joins again when the server tells of a gap', async () => {
    const { heard } = await inRoom();
    const at = { room: 'r', epoch: 'e', offset: 9 };
    sockets.last.says({ event: '$gap', data: { room: 'r' }, at });
    expect(lastJoin().data).toEqual({ room: 'r', epoch: 'e', offset: 2 });
    welcome(lastJoin().id, { offset: 9, count: 3, recovered: false });
    say(7);
    expect(heard).toEqual([false, 3, 7]);
  });

  it('is no busy loop for a server that leaves gaps without end', async () => {
    const { clock } = await inRoom();
    for (let offset = 10; offset < 1_000; offset += 10) {
      say(offset);
      const { id } = lastJoin();
      welcome(id, { offset, count: 0, recovered: true });
      await settled();
    }
    expect(joins().length).toBeLessThan(110);
    clock.pass(60_000);
    expect(joins().length).toBeLessThan(110);
  });

  it('takes the latest value alone for whole', async () => {
    const { clock, heard } = await inRoom();
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    welcome(lastJoin().id, { offset: 40, count: 1, recovered: true });
    say(40);
    expect(heard).toEqual([true, 1, 40]);
  });

  it('says why it cannot be entered, and stays outside', async () => {
    const { client, clock } = scripted();
    const room = client.room('r');
    const joined = room.join().catch((error: ClientError) => error.code);
    sockets.last.open();
    refuse(lastJoin().id, 'FORBIDDEN');
    expect(await joined).toBe('FORBIDDEN');
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    expect(joins()).toEqual([]);
  });

  it('tries again when a return is refused for a while', async () => {
    const { clock, errors } = await inRoom();
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    refuse(lastJoin().id, 'UNAVAILABLE');
    await settled();
    clock.pass(1_000);
    expect(joins()).toHaveLength(2);
    welcome(lastJoin().id, { offset: 2, count: 0, recovered: true });
    expect(errors).toEqual([]);
  });

  it('is no more when a return is refused, and says so to its listeners', async () => {
    const { room, heard, clock, errors } = await inRoom();
    tell({ people: [person('a', 'Ada')] });
    const told: unknown[] = [];
    const off = room.onRefused(({ code }) => told.push(code, room.position));
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    refuse(lastJoin().id, 'FORBIDDEN');
    await settled();
    expect(told).toEqual(['FORBIDDEN', undefined]);
    expect(presence(room).people.size).toBe(0);
    expect([heard, errors]).toEqual([[], []]);
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    expect(joins()).toEqual([]);

    // Asked for once more it is entered, as anybody new.
    const joined = room.join();
    expect(lastJoin().data).toEqual({ room: 'r' });
    welcome(lastJoin().id, { offset: 7, count: 0 });
    expect(await joined).toMatchObject({ offset: 7 });
    off();
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    refuse(lastJoin().id, 'NOT_FOUND');
    await settled();
    expect(told).toHaveLength(2);
    expect(errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  it('tells listeners as well when whoever asks is refused', async () => {
    const { client, errors } = scripted();
    const room = client.room('r');
    const told: unknown[] = [];
    room.onRefused(({ code }) => told.push(code));
    const joined = room.join().catch((error: ClientError) => told.push(error.code));
    sockets.last.open();
    refuse(lastJoin().id, 'FORBIDDEN');
    await joined;
    expect([told, errors]).toEqual([['FORBIDDEN', 'FORBIDDEN'], []]);
  });

  it('does not stay in silence where the answer to a return is nonsense', async () => {
    const { room, clock, errors } = await inRoom();
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    sockets.last.says({ event: '$join', data: { room: 'r' }, id: lastJoin().id });
    await settled();
    expect(errors).toMatchObject([{ code: 'BAD_ANSWER', message: 'Not joined: r' }]);
    expect(room.position).toBeUndefined();
  });

  it('is left, and what is still on its way is not handed out', async () => {
    const { room, heard, clock } = await inRoom();
    const left = room.leave();
    say(3);
    sockets.last.says({ event: '$leave', data: { room: 'r' }, id: 2 });
    await left;
    expect([heard, room.position]).toEqual([[], undefined]);
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    expect(joins()).toEqual([]);
  });

  it('is not entered when the join aborts', async () => {
    const { client } = scripted();
    const controller = new AbortController();
    const joined = client.room('r').join({ signal: controller.signal });
    const socket = sockets.last.open();
    controller.abort('enough');
    await expect(joined).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    await settled();
    expect(socket.said.map(({ event }) => event)).toEqual(['$join', '$cancel', '$leave']);
  });

  it('that the server has put it into is followed as well', () => {
    const { client, clock } = scripted();
    const room = client.room('r');
    const heard: unknown[] = [];
    room.on('said', (data) => heard.push(data));
    room.onRecovered(({ recovered }) => heard.push(recovered));
    sockets.last.open();
    sockets.last.says({ event: '$joined', data: { room: 'r', epoch: 'e', offset: 1, count: 0 } });
    say(2);
    say(4);
    sockets.last.end();
    clock.pass(1_000);
    sockets.last.open();
    expect(joins()).toEqual([]);
    sockets.last.says({ event: '$joined', data: { room: 'r', epoch: 'e', offset: 5, count: 1 } });
    say(5);
    expect(heard).toEqual([2, false, 4, true, 5]);
  });

  it.each([{}, { room: 'r' }, { room: 'r', epoch: 'e', offset: 1, count: 2 }, null])(
    'takes no nonsense of a server for an answer: %j',
    async (data) => {
      const { client } = scripted();
      const joined = client.room('r').join();
      sockets.last.open();
      sockets.last.says({ event: '$joined', data });
      sockets.last.says({ event: '$join', data, id: lastJoin().id });
      await expect(joined).rejects.toMatchObject({ code: 'BAD_ANSWER' });
    },
  );

  it('may be called __proto__', () => {
    const { client } = scripted();
    const heard: unknown[] = [];
    client.room('__proto__').on('said', (data) => heard.push(data));
    const at = { room: '__proto__', epoch: 'e', offset: 1 };
    sockets.last.open().says({ event: 'said', data: 1, at });
    expect(heard).toEqual([1]);
  });
});

function person(key: string, name: string): object {
  return { key, meta: { name }, connections: 1 };
}

function tell(data: object): void {
  sockets.last.says({ event: '$presence', data: { room: 'r', ...data } });
}

describe('the people of a room', () => {
  it('are kept by their key, also before anybody asks', async () => {
    const { room } = await inRoom();
    tell({ people: [person('a', 'Ada'), person('__proto__', 'Eve')] });
    const there = presence(room);
    expect([...there.people.keys()]).toEqual(['a', '__proto__']);
    const sizes: number[] = [];
    const off = there.onChange((people) => sizes.push(people.size));
    const before = there.people;
    expect(there.people).toBe(before);
    tell({ joined: [person('b', 'Bob'), person('a', 'Ada L.')], left: ['__proto__'] });
    expect(there.people.get('a')?.meta).toEqual({ name: 'Ada L.' });
    for (const nonsense of [null, 7, [], { people: 'all' }, { joined: [null, {}] }]) {
      sockets.last.says({ event: '$presence', data: { room: 'r', joined: nonsense } });
    }
    off();
    tell({ people: [] });
    expect(there.people.size).toBe(0);
    expect(new Set(sizes)).toEqual(new Set([2]));
    void room.leave();
  });

  it('stay while the client comes back, and are nobody when it has stopped', async () => {
    const { client, room, clock } = await inRoom();
    tell({ people: [person('a', 'Ada')] });
    const { people } = presence(room);
    sockets.last.end();
    clock.pass(1_000);
    expect(presence(room).people).toBe(people);
    client.close();
    expect(presence(room).people.size).toBe(0);
  });
});
