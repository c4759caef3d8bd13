import { describe, expect, it } from '@jest/globals';
import { scripted, settled } from '../testing-fixtures/scripted-client.js';
import { ScriptedSocket } from '../testing-fixtures/scripted-socket.js';

const sockets = ScriptedSocket;

describe('a stream', () => {
  it('is asked for with the first read, and read to its end', async () => {
    const { client } = scripted();
    const socket = sockets.last.open();
    const ticks = client.stream('ticks', { every: 1 });
    expect(socket.said).toEqual([]);
    const read: unknown[] = [];
    const done = (async () => {
      for await (const tick of ticks) read.push(tick);
    })();
    expect(socket.said).toEqual([{ event: 'ticks', data: { every: 1 }, id: 1 }]);
    for (const data of [1, null, 3]) socket.says({ event: 'ticks', data, id: 1 });
    socket.says({ event: 'ticks', id: 1, complete: true });
    await done;
    expect(read).toEqual([1, null, 3]);
    expect(socket.said).toHaveLength(1);
  });

  it('ends with what the server says, after what has come', async () => {
    const { client } = scripted();
    const socket = sockets.last.open();
    const ticks = client.stream('ticks');
    const first = ticks.next();
    socket.says({ event: 'ticks', data: 1, id: 1 });
    socket.says({ event: 'ticks', data: 2, id: 1 });
    socket.says({
      event: 'exception',
      data: { code: 'BROKEN', message: '' },
      id: 1,
      complete: true,
    });
    expect(await first).toEqual({ done: false, value: 1 });
    expect(await ticks.next()).toEqual({ done: false, value: 2 });
    await expect(ticks.next()).rejects.toMatchObject({ code: 'BROKEN' });
    expect(await ticks.next()).toEqual({ done: true, value: undefined });
  });

  it('is cancelled by who leaves the loop, by a signal, and before it began', async () => {
    const { client } = scripted();
    const socket = sockets.last.open();
    const loop = (async () => {
      for await (const tick of client.stream('ticks')) if (tick === 1) break;
    })();
    socket.says({ event: 'ticks', data: 1, id: 1 });
    await loop;
    expect(socket.said.at(-1)).toEqual({ event: '$cancel', id: 1 });
    const controller = new AbortController();
    const next = client.stream('ticks', 1, { signal: controller.signal }).next();
    controller.abort('enough');
    await expect(next).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    expect(socket.said.at(-1)).toEqual({ event: '$cancel', id: 2 });
    const unread = client.stream('ticks');
    await unread.return?.();
    expect(await unread.next()).toMatchObject({ done: true });
    await expect(client.stream('ticks').throw?.(new Error('mine'))).rejects.toThrow('mine');
    expect(socket.said).toHaveLength(4);
  });

  it('answers reads that were made ahead, and all of them at the end', async () => {
    const { client } = scripted();
    const socket = sockets.last.open();
    const ticks = client.stream('ticks');
    const reads = Promise.all([ticks.next(), ticks.next(), ticks.next()]);
    socket.says({ event: 'ticks', data: 1, id: 1 });
    socket.says({ event: 'ticks', id: 1, complete: true });
    expect((await reads).map(({ done }) => done)).toEqual([false, true, true]);
  });

  it('ends when it is read too slowly, and the server is told', async () => {
    const { client } = scripted({ maxBuffered: 10 });
    const socket = sockets.last.open();
    const ticks = client.stream('ticks');
    void ticks.next();
    for (let each = 0; each < 100; each += 1) socket.says({ event: 'ticks', data: each, id: 1 });
    expect(socket.said.at(-1)).toEqual({ event: '$cancel', id: 1 });
    for (let each = 1; each <= 10; each += 1) {
      expect(await ticks.next()).toEqual({ done: false, value: each });
    }
    await expect(ticks.next()).rejects.toMatchObject({ code: 'TOO_SLOW' });
    expect(client.stats.ignored).toBe(88);
  });

  it('ends with DISCONNECTED, or is asked for again', async () => {
    const { client, clock } = scripted();
    const first = sockets.last.open();
    const plain = client.stream('a').next();
    const same = client.stream('b', 1, { resume: true });
    const from = client.stream('c', 0, { resume: (last) => (Number(last ?? 0) + 1) as never });
    const reads = [same.next(), from.next()];
    first.says({ event: 'c', data: 41, id: 3 });
    first.end();
    await expect(plain).rejects.toMatchObject({ code: 'DISCONNECTED' });
    clock.pass(1_000);
    const second = sockets.last.open();
    expect(second.said).toEqual([
      { event: 'b', data: 1, id: 4 },
      { event: 'c', data: 42, id: 5 },
    ]);
    second.says({ event: 'b', data: 'x', id: 4 });
    expect(await Promise.all(reads)).toEqual([
      { done: false, value: 'x' },
      { done: false, value: 41 },
    ]);
    await same.return?.();
    await settled();
    expect(second.said.at(-1)).toEqual({ event: '$cancel', id: 4 });
  });

  it('whose data cannot be encoded rejects', async () => {
    const { client } = scripted();
    await expect(client.stream('a', 1n).next()).rejects.toThrow(TypeError);
  });

  it('whose resume throws ends with that', async () => {
    const { client } = scripted();
    sockets.last.open();
    const next = client
      .stream('a', 1, {
        resume: () => {
          throw new Error('mine');
        },
      })
      .next();
    sockets.last.end();
    await expect(next).rejects.toThrow('mine');
  });
});
