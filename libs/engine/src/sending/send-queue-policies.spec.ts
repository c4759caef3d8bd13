import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { readRawFrames } from '../testing-fixtures/raw-frame.js';
import { SlowDuplex } from '../testing-fixtures/slow-duplex.js';
import { encodeFrame } from '../protocol/frame-encoder.js';
import { sendBudget } from '../runtime/memory-budget.js';
import type { DropRule } from './send-policy.js';
import { PIECE_COST, SendQueue } from './send-queue.js';

const DROP_NEW: DropRule = { policy: 'drop-new' };
const DROP_OLD: DropRule = { policy: 'drop-old' };
const latest = (key: string): DropRule => ({ policy: 'latest', key });

const sockets: SlowDuplex[] = [];
const queues: SendQueue[] = [];

/** A queue whose socket holds one frame 'first' and takes no more. */
function blockedQueue(): { queue: SendQueue; socket: SlowDuplex } {
  const socket = new SlowDuplex();
  const queue = new SendQueue(socket, { queueEmptied: () => {}, queueBlocked: () => {} });
  sockets.push(socket);
  queues.push(queue);
  socket.block();
  queue.addShared(frame('first'));
  queue.flush();
  expect(queue.blocked).toBe(true);
  return { queue, socket };
}

function frame(text: string): Buffer {
  return encodeFrame(1, Buffer.from(text));
}

function offer(queue: SendQueue, text: string, rule: DropRule, bytes = 0, frames = 0): boolean {
  return queue.offer(frame(text), rule, bytes, frames);
}

async function received(socket: SlowDuplex): Promise<string[]> {
  socket.unblock();
  await turn();
  await turn();
  return readRawFrames(socket.bytes).map(({ payload }) => payload.toString());
}

afterEach(() => {
  for (const queue of queues.splice(0)) queue.abandon();
  for (const socket of sockets.splice(0)) socket.destroy();
  expect(sendBudget.used).toBe(0);
});

describe('messages that may be dropped', () => {
  it('wait like any other below the limit', async () => {
    const { queue, socket } = blockedQueue();
    for (const text of ['a', 'b', 'c']) expect(offer(queue, text, DROP_NEW, 0, 3)).toBe(true);
    expect(queue.dropped).toBe(0);
    expect(await received(socket)).toEqual(['first', 'a', 'b', 'c']);
  });

  it('drop-new: the new one is dropped at the limit of messages, what waits stays', async () => {
    const { queue, socket } = blockedQueue();
    const results = ['a', 'b', 'c', 'd'].map((text) => offer(queue, text, DROP_NEW, 0, 2));
    expect(results).toEqual([true, true, false, false]);
    expect(queue.dropped).toBe(2);
    expect(await received(socket)).toEqual(['first', 'a', 'b']);
  });

  it('drop-new: the limit of bytes counts what the socket holds, too', async () => {
    const { queue, socket } = blockedQueue();
    // 7 bytes in the socket, 12 for each frame of ten characters.
    expect(offer(queue, 'x'.repeat(10), DROP_NEW, 31)).toBe(true);
    expect(offer(queue, 'y'.repeat(10), DROP_NEW, 31)).toBe(true);
    expect(offer(queue, 'z', DROP_NEW, 31)).toBe(false);
    expect(await received(socket)).toEqual(['first', 'x'.repeat(10), 'y'.repeat(10)]);
  });

  it('lets through a message above the limit when nothing else waits', () => {
    const { queue } = blockedQueue();
    expect(offer(queue, 'x'.repeat(100), DROP_NEW, 10)).toBe(true);
    expect(offer(queue, 'y', DROP_NEW, 10)).toBe(false);
  });

  it('drop-old: the oldest droppable make room, replies and control frames stay', async () => {
    const { queue, socket } = blockedQueue();
    offer(queue, 'a', DROP_OLD, 0, 4);
    queue.addText(0x81, 'reply', 5, undefined);
    queue.add(0x89, Buffer.from('ping'), undefined);
    offer(queue, 'b', DROP_OLD, 0, 4);
    expect(offer(queue, 'c', DROP_OLD, 0, 4)).toBe(true);
    expect(offer(queue, 'd', DROP_OLD, 0, 4)).toBe(true);
    expect(queue.dropped).toBe(2);
    expect(await received(socket)).toEqual(['first', 'reply', 'ping', 'c', 'd']);
  });

  it('drop-old: with only replies waiting the new one has to go', async () => {
    const { queue, socket } = blockedQueue();
    for (const text of ['a', 'b']) queue.addText(0x81, text, 1, undefined);
    expect(offer(queue, 'c', DROP_OLD, 0, 2)).toBe(false);
    expect(await received(socket)).toEqual(['first', 'a', 'b']);
  });

  it('latest: one message of each key waits, in the place of the first of them', async () => {
    const { queue, socket } = blockedQueue();
    offer(queue, 'a1', latest('a'));
    offer(queue, 'b1', latest('b'));
    for (let version = 2; version <= 50; version++) {
      expect(offer(queue, `a${version}`, latest('a'))).toBe(true);
    }
    expect(queue.waitingFrames).toBe(2);
    expect(queue.dropped).toBe(49);
    expect(await received(socket)).toEqual(['first', 'a50', 'b1']);
  });

  it('latest: a new key at the limit drops the oldest droppable', async () => {
    const { queue, socket } = blockedQueue();
    for (const key of ['a', 'b', 'c']) offer(queue, key, latest(key), 0, 2);
    expect(await received(socket)).toEqual(['first', 'b', 'c']);
  });

  it('never drops or replaces a message of which a byte has left', async () => {
    const { queue, socket } = blockedQueue();
    const large = 'x'.repeat(600 * 1024);
    offer(queue, large, latest('a'));
    // The first slice of the large one leaves; its other bytes have to follow.
    while (!socket.writes.includes(64 * 1024)) {
      socket.takeHeld();
      await turn();
    }
    expect(queue.waitingFrames).toBe(1);
    offer(queue, 'next', latest('a'));
    offer(queue, 'last', DROP_OLD, 0, 2);
    const lengths = (await received(socket)).map(({ length }) => length);
    expect(lengths).toEqual([5, large.length, 4]);
    expect(queue.dropped).toBe(1);
  });

  it('keeps count of the bytes that wait through drops and replacements of any size', async () => {
    const { queue, socket } = blockedQueue();
    let seed = 7;
    for (let step = 0; step < 2_000; step++) {
      seed = (seed * 48_271) % 2_147_483_647;
      const rule = seed % 3 === 0 ? latest(`${seed % 5}`) : seed % 3 === 1 ? DROP_OLD : DROP_NEW;
      offer(queue, 'x'.repeat(seed % 200), rule, 4_096, 40);
      if (seed % 7 === 0 && queue.waitingFrames < 40) queue.add(0x82, Buffer.alloc(3), undefined);
    }
    expect(queue.waitingFrames).toBeLessThanOrEqual(41);
    const waiting = queue.bufferedBytes;
    socket.unblock();
    while (queue.bufferedBytes > 0) await turn();
    expect(socket.bytes.length).toBe(waiting);
    expect(queue.bufferedBytes).toBe(0);
  });

  it('tells who waits for a dropped message, and nobody else', async () => {
    const { queue, socket } = blockedQueue();
    const told: string[] = [];
    const wait = (name: string): Promise<void> =>
      new Promise((resolve) => {
        queue.afterSent((error) => {
          told.push(`${name} ${error === undefined ? 'sent' : 'dropped'}`);
          resolve();
        });
      });
    const waits = ['a', 'bbb', 'cc'].map((text) => {
      offer(queue, text, latest(text));
      return wait(text);
    });
    offer(queue, 'other', { policy: 'drop-old' }, 0, 3); // drops a
    waits.push(wait('other'));
    offer(queue, 'longer than before', latest('bbb'));
    waits.push(wait('longer'));
    expect(await received(socket)).toEqual(['first', 'longer than before', 'cc', 'other']);
    await Promise.all(waits);
    expect(told.sort()).toEqual([
      'a dropped',
      'bbb dropped',
      'cc sent',
      'longer sent',
      'other sent',
    ]);
  });
});

describe('the budget of all queues', () => {
  it('knows what waits in blocked queues and forgets it when it has left', async () => {
    const one = blockedQueue();
    const two = blockedQueue();
    offer(one.queue, 'x'.repeat(1_000), DROP_NEW);
    one.queue.report();
    expect(sendBudget.used).toBe(one.queue.bufferedBytes + two.queue.bufferedBytes + PIECE_COST);
    await received(one.socket);
    expect(sendBudget.used).toBe(two.queue.bufferedBytes);
    two.queue.abandon();
    expect(sendBudget.used).toBe(0);
  });
});
