import * as fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { encodeFrame } from '../protocol/frame-encoder.js';
import { Opcode } from '../protocol/opcode.js';
import { FrameQueue } from './frame-queue.js';
import type { DropRule } from './send-policy.js';

const KIB = 1024;

/** The same, with a list of frames and no thought of speed. */
class NaiveQueue {
  frames: { rest: Buffer; key: string | undefined; whole: boolean }[] = [];
  dropped = 0;
  gone: string[] = [];

  get bytes(): number {
    return this.before(this.frames.length);
  }

  clear(): void {
    this.frames = [];
  }

  before(at: number): number {
    let sum = 0;
    for (const { rest } of this.frames.slice(0, at)) sum += rest.length;
    return sum;
  }

  push(rest: Buffer, key?: string, whole = true): void {
    this.frames.push({ rest, key, whole });
  }

  offer(frame: Buffer, rule: DropRule, maxBytes: number, maxFrames: number, ahead: number) {
    const key = rule.key ?? '';
    const same = this.frames.findIndex((one) => one.whole && one.key === key);
    if (rule.policy === 'latest' && same >= 0) {
      this.replace(same, [{ rest: frame, key, whole: true }]);
      return true;
    }
    const fits = (): boolean =>
      (maxFrames === 0 || this.frames.length < maxFrames) &&
      (maxBytes === 0 || this.frames.length === 0 || this.bytes + ahead + frame.length <= maxBytes);
    while (!fits()) {
      const oldest = this.frames.findIndex((one) => one.whole && one.key !== undefined);
      if (rule.policy === 'drop-new' || oldest < 0) {
        this.dropped++;
        return false;
      }
      this.replace(oldest, []);
    }
    this.push(frame, key);
    return true;
  }

  replace(at: number, by: NaiveQueue['frames']): void {
    const instead = by.reduce((sum, { rest }) => sum + rest.length, 0);
    this.gone.push(`${this.before(at)}+${this.frames[at]!.rest.length}>${instead}`);
    this.dropped++;
    this.frames.splice(at, 1, ...by);
  }

  /** So many bytes, of one frame or of several. */
  take(bytes: number): string {
    let taken = '';
    while (taken.length < bytes) {
      const first = this.frames[0]!;
      const piece = first.rest.subarray(0, bytes - taken.length);
      if (piece.length === first.rest.length) this.frames.shift();
      else Object.assign(first, { rest: first.rest.subarray(piece.length), whole: false });
      taken += piece.toString('latin1');
    }
    return taken;
  }

  dropWhole(): number {
    const before = this.frames.length;
    this.frames = this.frames.filter(({ whole }) => !whole);
    return before - this.frames.length;
  }
}

const length = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 1, arbitrary: fc.constant(17 * KIB) },
);

const rule = fc.record({
  policy: fc.constantFrom<DropRule['policy']>('drop-new', 'drop-old', 'latest'),
  key: fc.constantFrom(undefined, '', 'a', 'b', 'c'),
});

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant('push' as const), length }) },
  {
    weight: 10,
    arbitrary: fc.record({
      act: fc.constant('offer' as const),
      length,
      rule,
      maxBytes: fc.constantFrom(0, 50, 200, 20 * KIB),
      maxFrames: fc.constantFrom(0, 1, 3, 10, 200),
      ahead: fc.constantFrom(0, 30, 100),
    }),
  },
  { weight: 12, arbitrary: fc.record({ act: fc.constant('wait' as const), length }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('pushRest' as const), length }) },
  { weight: 6, arbitrary: fc.record({ act: fc.constant('take' as const), length }) },
  { weight: 6, arbitrary: fc.record({ act: fc.constant('takeInto' as const), length }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constantFrom('pushMany', 'dropWhole', 'clear') }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Does one step with both queues. @returns what came of it with each */
function act(queue: FrameQueue, naive: NaiveQueue, one: Step, seed: number): [unknown, unknown] {
  // Each frame differs from the others, and within itself.
  const pattern = Buffer.from([seed, 1, 2, 3, 4, 5, 6]);
  const frame = (bytes: number): Buffer => Buffer.alloc(bytes, pattern);
  if ('rule' in one) {
    const { maxBytes, maxFrames, ahead } = one;
    const offered = frame(one.length);
    return [
      queue.offer(offered, one.rule, maxBytes, maxFrames, ahead),
      naive.offer(offered, one.rule, maxBytes, maxFrames, ahead),
    ];
  }
  if (one.act === 'dropWhole') return [queue.dropWhole(), naive.dropWhole()];
  if (one.act === 'clear') return [queue.clear(), naive.clear()];
  if (!('length' in one)) {
    // So many that those taken are cut off from the front at some time.
    for (let count = 1; count <= 70; count++) {
      queue.push(frame(2));
      naive.push(frame(2));
    }
  } else if (one.act === 'push') {
    queue.push(frame(one.length));
    naive.push(frame(one.length));
  } else if (one.act === 'wait') {
    const bytes = encodeFrame(Opcode.Text, frame(Math.min(one.length, 16_000)), undefined);
    queue.reserve(bytes.length, true).set(bytes, queue.reservedAt);
    queue.commit(bytes.length);
    naive.push(bytes);
  } else if (one.act === 'pushRest' && queue.count === 0) {
    queue.pushRest(frame(one.length + 1), one.length);
    naive.push(frame(one.length + 1).subarray(one.length), undefined, false);
  } else if (one.act === 'take' && queue.count > 0) {
    const taken = queue.take(one.length).toString('latin1');
    expect(taken.length).toBeLessThanOrEqual(one.length);
    return [taken, naive.take(Math.max(1, taken.length))];
  } else if (one.act === 'takeInto' && queue.startsSmall) {
    const target = Buffer.alloc(one.length * 10);
    const taken = queue.takeInto(target);
    return [target.toString('latin1', 0, taken), naive.take(taken)];
  }
  return [undefined, undefined];
}

describe('FrameQueue beside a naive one', () => {
  it('does the same, whatever happens to it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
        const gone: string[] = [];
        let large = 0;
        const queue = new FrameQueue({
          largeFrameWaits: (_memory, bytes) => void (large += bytes),
          frameGone: (at, bytes, instead) =>
            void gone.push(`${queue.offsetOf(at)}+${bytes}>${instead}`),
        });
        const naive = new NaiveQueue();
        const found: unknown[] = [];
        const expected: unknown[] = [];
        for (const [index, one] of steps.entries()) {
          const [mine, its] = act(queue, naive, one, index);
          found.push(mine, queue.count, queue.bytes, queue.dropped);
          expected.push(its, naive.frames.length, naive.bytes, naive.dropped);
        }
        expect(found).toEqual(expected);
        expect(large).toBe(queue.largeBytes);
        expect(gone).toEqual(naive.gone);
        while (queue.bytes > 0) {
          const taken = queue.take(Infinity).toString('latin1');
          expect(taken).toBe(naive.take(taken.length));
        }
      }),
      { numRuns: 200 },
    );
  });
});
