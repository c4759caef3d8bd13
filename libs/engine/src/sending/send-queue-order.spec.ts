import { EventEmitter, once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from '@jest/globals';
import { takeRawFrames } from '../testing-fixtures/raw-frame.js';
import { SlowDuplex } from '../testing-fixtures/slow-duplex.js';
import {
  ByteReader,
  closeSocketPairs,
  countWrites,
  socketPair,
} from '../testing-fixtures/socket-pair.js';
import { encodeFrame } from '../protocol/frame-encoder.js';
import { ARENA_SIZE } from './output-arena.js';
import { SendQueue } from './send-queue.js';

const TEXT = 0x81;
const BINARY = 0x82;
const KIB = 1024;
const OWNER = { queueEmptied() {}, queueBlocked() {} };

type Kind = 'text' | 'own' | 'shared' | 'masked';

const size = fc.oneof(
  { weight: 6, arbitrary: fc.nat(200) },
  { weight: 2, arbitrary: fc.nat(20 * KIB) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ARENA_SIZE - 11,
      ARENA_SIZE - 10,
      ARENA_SIZE - 9,
      ARENA_SIZE,
      200 * KIB,
      600 * KIB,
    ),
  },
);

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      act: fc.constant('add' as const),
      end: fc.nat(1),
      kind: fc.constantFrom<Kind>('text', 'own', 'shared', 'masked'),
      size,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constantFrom('cork', 'uncork', 'block', 'unblock', 'take', 'turn', 'micro'),
      end: fc.nat(1),
    }),
  },
);

/** Adds one frame whose payload is `fill` throughout. @returns what a reader is to find */
function add(queue: SendQueue, kind: Kind, length: number, fill: number): string {
  if (kind === 'text')
    queue.addText(TEXT, String.fromCharCode(fill).repeat(length), length, undefined);
  else if (kind === 'own') queue.add(BINARY, Buffer.alloc(length, fill), undefined);
  else if (kind === 'masked') queue.add(BINARY, Buffer.alloc(length, fill), 0x3d21fa37);
  else queue.addShared(encodeFrame(2, Buffer.alloc(length, fill)));
  return `${length} of ${length === 0 ? '-' : fill}`;
}

/** `length of fill` for each frame in `bytes`; a payload that is not uniform shows as such. */
function found(bytes: Buffer): string[] {
  const { frames, rest } = takeRawFrames(bytes);
  expect(rest.length).toBe(0);
  return frames.map(({ payload }) => {
    const uniform =
      payload.length === 0 || payload.equals(Buffer.alloc(payload.length, payload[0]));
    return `${payload.length} of ${uniform ? (payload[0] ?? '-') : 'different bytes'}`;
  });
}

describe('order of frames', () => {
  afterEach(closeSocketPairs);

  it('is kept on two connections, whatever is added when and whoever reads', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const ends = [0, 1].map(() => {
          const socket = new SlowDuplex();
          return { socket, queue: new SendQueue(socket, OWNER), added: [] as string[] };
        });
        const told: number[] = [];
        let corked: SendQueue | null = null;
        for (const [index, one] of steps.entries()) {
          const { socket, queue, added } = ends[one.end]!;
          if (one.act === 'add') {
            added.push(add(queue, one.kind, one.size, 33 + (index % 90)));
            if (index % 5 === 0) queue.afterSent((error) => told.push(error ? -1 : one.end));
          } else if (one.act === 'cork' && corked === null) {
            // One chunk is parsed at a time, and without waiting in between.
            corked = queue;
            queue.cork();
          } else if (one.act === 'uncork') {
            corked?.uncork();
            corked = null;
          } else if (one.act === 'block') {
            socket.block();
          } else if (one.act === 'unblock') {
            socket.unblock();
          } else if (one.act === 'take') {
            socket.takeHeld();
          } else if (corked === null) {
            await (one.act === 'turn' ? turn() : Promise.resolve());
          }
        }
        corked?.uncork();
        for (const { socket } of ends) socket.unblock();
        while (ends.some(({ queue }) => queue.bufferedBytes > 0)) await turn();
        await turn();
        for (const { socket, added } of ends) expect(found(socket.bytes)).toEqual(added);
        expect(told).not.toContain(-1);
        const asked = steps.filter((one, index) => one.act === 'add' && index % 5 === 0);
        expect(told.length).toBe(asked.length);
        for (const { socket } of ends) socket.destroy();
      }),
      { numRuns: 150 },
    );
  });

  it('is kept on a real socket whose peer reads', async () => {
    const { near, far } = await socketPair();
    const reader = new ByteReader(far);
    const queue = new SendQueue(near, OWNER);
    const added: string[] = [];
    let length = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom<Kind>('text', 'own', 'shared', 'masked'), size), {
          maxLength: 20,
        }),
        async (frames) => {
          added.length = 0;
          const start = length;
          for (const [index, [kind, bytes]] of frames.entries()) {
            added.push(add(queue, kind, bytes, 33 + index));
            length +=
              bytes + (bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10) + (kind === 'masked' ? 4 : 0);
          }
          expect(found((await reader.read(length)).subarray(start))).toEqual(added);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('is kept on a real socket whose peer reads late', async () => {
    const { near, far } = await socketPair();
    const events = new EventEmitter();
    const empty = once(events, 'empty');
    const queueEmptied = () => void events.emit('empty');
    const queue = new SendQueue(near, { queueEmptied, queueBlocked() {} });
    const added: string[] = [];
    const kinds: readonly Kind[] = ['own', 'shared', 'text', 'masked'];
    let length = 0;
    // Until much more waits than the buffers of the operating system hold.
    for (let index = 0; queue.waitingFrames < 100; index++) {
      const bytes = [100 * KIB, 10, 500 * KIB, 3 * KIB][index % 4]!;
      const kind = kinds[index % 3]!;
      added.push(add(queue, kind, bytes, 33 + (index % 90)));
      length += bytes + (bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10);
      if (index % 10 === 0) await turn();
    }
    expect(queue.blocked).toBe(true);
    expect(queue.bufferedBytes).toBeGreaterThan(1024 * KIB);
    const bytes = await new ByteReader(far).read(length);
    await empty;
    expect(queue.blocked).toBe(false);
    expect(queue.bufferedBytes).toBe(0);
    expect(found(bytes)).toEqual(added);
  });
});

describe('writes to a real socket', () => {
  afterEach(closeSocketPairs);

  it('are one for all replies to a chunk', async () => {
    const { near, far } = await socketPair();
    const writes = countWrites(near);
    const queue = new SendQueue(near, OWNER);
    queue.cork();
    for (let index = 0; index < 64; index++) add(queue, index % 2 ? 'text' : 'own', 50, 33 + index);
    queue.uncork();
    expect(writes.sizes).toEqual([64 * 52]);
    expect(found(await new ByteReader(far).read(64 * 52))).toHaveLength(64);
    expect(queue.blocked).toBe(false);
  });
});
