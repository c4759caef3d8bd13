import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { readRawFrames, type ReadFrame } from '../testing-fixtures/raw-frame.js';
import { SlowDuplex } from '../testing-fixtures/slow-duplex.js';
import { encodeFrame } from '../protocol/frame-encoder.js';
import { ARENA_SIZE, outputArena } from './output-arena.js';
import { SendQueue } from './send-queue.js';

const TEXT = 0x81;
const BINARY = 0x82;
const KIB = 1024;

class Owner {
  emptied = 0;
  blocked = 0;
  queueEmptied(): void {
    this.emptied++;
  }
  queueBlocked(): void {
    this.blocked++;
  }
}

const sockets: SlowDuplex[] = [];

function queueOn(): { queue: SendQueue; socket: SlowDuplex; owner: Owner } {
  const socket = new SlowDuplex();
  const owner = new Owner();
  sockets.push(socket);
  return { queue: new SendQueue(socket, owner), socket, owner };
}

/** Adds a binary frame of `length` bytes of `fill`. */
function add(queue: SendQueue, length: number, fill: number): void {
  queue.add(BINARY, Buffer.alloc(length, fill), undefined);
}

function addText(queue: SendQueue, text: string): void {
  queue.addText(TEXT, text, Buffer.byteLength(text), undefined);
}

function payloads(socket: SlowDuplex): string[] {
  return readRawFrames(socket.bytes).map((frame: ReadFrame) => frame.payload.toString());
}

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  expect(outputArena.owner).toBeNull();
});

describe('send queue and writes', () => {
  it('lets everything added during a chunk leave with one write', () => {
    const { queue, socket } = queueOn();
    queue.cork();
    for (let index = 0; index < 64; index++) addText(queue, `reply ${index}`);
    expect(socket.writes).toEqual([]);
    queue.uncork();
    expect(socket.writes).toHaveLength(1);
    expect(payloads(socket)).toEqual(Array.from({ length: 64 }, (_, index) => `reply ${index}`));
  });

  it('lets everything added outside of a chunk leave with one write, when the callback is done', async () => {
    const { queue, socket } = queueOn();
    for (let index = 0; index < 10; index++) addText(queue, 'x');
    expect(socket.writes).toEqual([]);
    await Promise.resolve();
    await turn();
    expect(socket.writes).toEqual([30]);
  });

  it('lets shared frames of several senders leave with one write at the end of the turn', async () => {
    const ends = [queueOn(), queueOn(), queueOn()];
    for (let sender = 0; sender < 5; sender++) {
      const frame = encodeFrame(1, Buffer.from(`from ${sender}`));
      for (const { queue } of ends) queue.addShared(frame);
      await Promise.resolve();
    }
    await turn();
    for (const { socket } of ends) {
      expect(socket.writes).toHaveLength(1);
      expect(payloads(socket)).toEqual(['from 0', 'from 1', 'from 2', 'from 3', 'from 4']);
    }
  });

  it('does not let a shared frame wait when something else leaves sooner', async () => {
    const { queue, socket } = queueOn();
    queue.addShared(encodeFrame(1, Buffer.from('shared')));
    addText(queue, 'own');
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(payloads(socket)).toEqual(['shared', 'own']);
    expect(socket.writes).toHaveLength(1);
  });

  it('gives the arena to the connection whose chunk is parsed, the others use their own', async () => {
    const near = queueOn();
    const other = queueOn();
    near.queue.cork();
    addText(near.queue, 'a');
    addText(other.queue, 'b');
    addText(near.queue, 'c');
    addText(other.queue, 'd');
    near.queue.uncork();
    expect(payloads(near.socket)).toEqual(['a', 'c']);
    await turn();
    expect(payloads(other.socket)).toEqual(['b', 'd']);
    expect(other.socket.writes).toHaveLength(1);
  });

  it('writes as soon as the arena is full', () => {
    const { queue, socket } = queueOn();
    queue.cork();
    for (let index = 0; index < 10; index++) add(queue, 15 * KIB, index);
    queue.uncork();
    expect(socket.writes).toHaveLength(3);
    expect(Math.max(...socket.writes)).toBeLessThanOrEqual(ARENA_SIZE);
    expect(readRawFrames(socket.bytes).map(({ payload }) => payload[0])).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  it('sends a large frame without copying what does not fit the arena', async () => {
    const { queue, socket } = queueOn();
    const payload = Buffer.alloc(300 * KIB, 7);
    socket.block();
    queue.cork();
    queue.add(BINARY, payload, undefined);
    queue.uncork();
    // The start is copied already, the rest is seen to change.
    payload.fill(8);
    socket.unblock();
    await turn();
    const [frame] = readRawFrames(socket.bytes);
    expect(frame!.payload[0]).toBe(7);
    expect(frame!.payload.at(-1)).toBe(8);
  });

  it('never leaves bytes of one connection where another writes', async () => {
    const first = queueOn();
    const second = queueOn();
    first.socket.block();
    first.queue.cork();
    addText(first.queue, 'first first first');
    first.queue.uncork();
    // The first socket still holds its bytes; what it holds must not change.
    second.queue.cork();
    addText(second.queue, 'second second second');
    second.queue.uncork();
    first.socket.unblock();
    await turn();
    expect(payloads(first.socket)).toEqual(['first first first']);
    expect(payloads(second.socket)).toEqual(['second second second']);
  });
});

describe('send queue and a peer that does not read', () => {
  it('says that it is blocked, keeps frames itself, and says when it is empty again', async () => {
    const { queue, socket, owner } = queueOn();
    socket.block();
    addText(queue, 'one');
    await turn();
    expect([queue.blocked, owner.blocked, owner.emptied]).toEqual([true, 1, 0]);
    expect([queue.waitingFrames, queue.bufferedBytes]).toEqual([0, 5]);
    addText(queue, 'two');
    addText(queue, 'three');
    await turn();
    expect([queue.waitingFrames, queue.bufferedBytes]).toEqual([2, 17]);
    socket.unblock();
    await turn();
    expect([queue.blocked, owner.emptied]).toEqual([false, 1]);
    expect([queue.waitingFrames, queue.bufferedBytes]).toEqual([0, 0]);
    expect(payloads(socket)).toEqual(['one', 'two', 'three']);
    // What had to wait leaves together.
    expect(socket.writes).toEqual([5, 12]);
  });

  it('hands over no more than a slice of a large frame at a time', async () => {
    const { queue, socket } = queueOn();
    socket.block();
    queue.addShared(encodeFrame(2, Buffer.alloc(1000 * KIB, 1)));
    await turn();
    const before = queue.progressAt;
    expect(socket.writes).toEqual([256 * KIB]);
    for (let slices = 2; slices <= 4; slices++) {
      queue.outlet.progressAt = 0;
      socket.takeHeld();
      await turn();
      socket.takeHeld();
      await turn();
      expect(socket.writes).toHaveLength(slices);
      expect(queue.progressAt).toBeGreaterThanOrEqual(before);
    }
    socket.unblock();
    await turn();
    expect(readRawFrames(socket.bytes)[0]!.payload.length).toBe(1000 * KIB);
  });

  it('finds out within a loop that sends a lot', () => {
    const { queue, socket } = queueOn();
    socket.block();
    const frame = encodeFrame(2, Buffer.alloc(20 * KIB));
    for (let index = 0; index < 4; index++) queue.addShared(frame);
    expect(queue.blocked).toBe(true);
  });

  it('drops what waits, all of it, when no frame is half sent', async () => {
    const { queue, socket } = queueOn();
    socket.block();
    addText(queue, 'leaves');
    await turn();
    for (const text of ['a', 'b', 'c']) addText(queue, text);
    expect(queue.dropWaiting()).toBe(3);
    expect([queue.waitingFrames, queue.bufferedBytes]).toEqual([0, 8]);
    addText(queue, 'last');
    socket.unblock();
    await turn();
    expect(payloads(socket)).toEqual(['leaves', 'last']);
  });

  it.each([
    ['its own', (queue: SendQueue) => add(queue, 300 * KIB, 5)],
    [
      'a shared frame',
      (queue: SendQueue) => queue.addShared(encodeFrame(2, Buffer.alloc(300 * KIB, 5))),
    ],
  ])('keeps the rest of %s that is half sent when it drops', async (_name, addLarge) => {
    const { queue, socket } = queueOn();
    socket.block();
    addLarge(queue);
    await turn();
    addText(queue, 'a');
    addText(queue, 'b');
    expect(queue.dropWaiting()).toBe(2);
    addText(queue, 'last');
    socket.unblock();
    await turn();
    const frames = readRawFrames(socket.bytes);
    expect(frames.map(({ payload }) => payload.length)).toEqual([300 * KIB, 4]);
    expect(frames[0]!.payload.every((byte) => byte === 5)).toBe(true);
  });

  it('keeps the order of its own and shared frames, small and large', async () => {
    const { queue, socket } = queueOn();
    socket.block();
    const sizes = [10, 70 * KIB, 5, 300 * KIB, 20 * KIB, 1, 64 * KIB, 63 * KIB];
    for (const [index, size] of sizes.entries()) {
      if (index % 3 === 0) queue.addShared(encodeFrame(2, Buffer.alloc(size, index)));
      else add(queue, size, index);
    }
    await turn();
    socket.unblock();
    await turn();
    const frames = readRawFrames(socket.bytes);
    expect(frames.map(({ payload }) => payload.length)).toEqual(sizes);
    expect(frames.map(({ payload }) => payload[0])).toEqual([...sizes.keys()]);
  });
});
