import { describe, expect, it } from '@jest/globals';
import { encodeFrame } from '../protocol/frame-encoder.js';
import { Opcode } from '../protocol/opcode.js';
import { FrameQueue } from './frame-queue.js';
import type { DropRule } from './send-policy.js';

const KIB = 1024;
const DROP_NEW: DropRule = { policy: 'drop-new' };
const DROP_OLD: DropRule = { policy: 'drop-old' };
const latest = (key?: string): DropRule => ({ policy: 'latest', key });

/** A queue, and where the frames that gave way were: `start+length>instead`. */
function open(...texts: string[]): { queue: FrameQueue; gone: string[] } {
  const gone: string[] = [];
  const queue = new FrameQueue({
    largeFrameWaits: () => {},
    frameGone: (at, length, instead) =>
      void gone.push(`${queue.offsetOf(at)}+${length}>${instead}`),
  });
  for (const text of texts) queue.push(Buffer.from(text));
  return { queue, gone };
}

/** The frame of a short text of a server; so that it shows, its header is printed as "^" and its length. */
const frameOf = (text: string): Buffer => encodeFrame(Opcode.Text, Buffer.from(text), undefined);
const print = (bytes: Buffer): string =>
  bytes
    .toString('latin1')
    .replaceAll(/\x81([^])/g, (_, length: string) => `^${length.charCodeAt(0)}`);

/** Has a frame wait in memory of the queue. @returns that memory */
function waits(queue: FrameQueue, text: string, long = true): ArrayBufferLike {
  const bytes = frameOf(text);
  const memory = queue.reserve(bytes.length, long);
  memory.set(bytes, queue.reservedAt);
  queue.commit(bytes.length);
  return memory.buffer;
}

/** Takes all that waits, piece by piece. */
function drain(queue: FrameQueue): string[] {
  const taken: string[] = [];
  while (queue.bytes > 0) taken.push(print(queue.take(Infinity)));
  expect(queue.count).toBe(0);
  return taken;
}

describe('FrameQueue', () => {
  it('is empty at first, and makes no arrays of its own before something waits', () => {
    const [one, other] = [open().queue, open().queue];
    expect([one.count, one.bytes, one.dropped, one.startsSmall]).toEqual([0, 0, 0, false]);
    // All empty queues share one array: a frame in one must not show in another.
    one.push(Buffer.from('x'));
    expect([one.count, other.count, open().queue.count]).toEqual([1, 0, 0]);
  });

  it('gives frames back in order, as they are', () => {
    const frame = Buffer.from('a');
    const { queue } = open();
    queue.push(frame);
    queue.push(Buffer.from('bc'));
    expect([queue.count, queue.bytes]).toEqual([2, 3]);
    expect(queue.take(100)).toBe(frame);
    expect(drain(queue)).toEqual(['bc']);
  });

  it.each([
    [1, ['a', 'b', 'c', 'd', 'e', 'f']],
    [2, ['ab', 'cd', 'e', 'f']],
    [4, ['abcd', 'e', 'f']],
    [5, ['abcde', 'f']],
    [6, ['abcde', 'f']],
  ])('gives pieces of at most %i bytes, of one frame each', (max, pieces) => {
    const { queue } = open('abcde', 'f');
    const taken: string[] = [];
    while (queue.count > 0) {
      const before = queue.bytes;
      const piece = queue.take(max);
      expect(queue.bytes).toBe(before - piece.length);
      taken.push(piece.toString());
    }
    expect(taken).toEqual(pieces);
  });

  it.each([
    [1, 'a', ['bb', 'ccc', 'd']],
    [2, 'a', ['bb', 'ccc', 'd']],
    [3, 'abb', ['ccc', 'd']],
    [6, 'abbccc', ['d']],
    [8, 'abbcccd', []],
  ])('fills %i bytes with the whole frames that fit: %s', (room, together, rest) => {
    const { queue } = open('a', 'bb', 'ccc', 'd');
    const target = Buffer.alloc(room);
    const length = queue.takeInto(target);
    expect(target.toString('latin1', 0, length)).toBe(together);
    expect(drain(queue)).toEqual(rest);
  });

  it('says when several may leave together: the first is whole and small, and not alone', () => {
    expect(open('a').queue.startsSmall).toBe(false);
    const { queue } = open('abc', 'd');
    expect(queue.startsSmall).toBe(true);
    queue.take(1);
    expect(queue.startsSmall).toBe(false);
    expect(open('x'.repeat(16 * KIB), 'y').queue.startsSmall).toBe(true);
    expect(open('x'.repeat(16 * KIB + 1), 'y').queue.startsSmall).toBe(false);
  });

  it('goes on with a frame that has begun to leave another way', () => {
    const { queue, gone } = open();
    queue.pushRest(Buffer.from('abcdef'), 4);
    expect([queue.count, queue.bytes]).toEqual([1, 2]);
    queue.push(Buffer.from('g'));
    expect(queue.dropWhole()).toBe(1);
    expect(drain(queue)).toEqual(['ef']);
    expect(gone).toEqual([]);
  });

  it.each([
    ['whole', 0, 3, []],
    ['half taken', 1, 2, ['b']],
  ])('drops what waits when the first frame is %s', (_name, taken, dropped, left) => {
    const { queue } = open('ab', 'c', 'd');
    if (taken > 0) queue.take(taken);
    expect(queue.dropWhole()).toBe(dropped);
    expect([queue.count, queue.bytes, queue.dropped]).toEqual([left.length, left.length, 0]);
    queue.push(Buffer.from('next'));
    expect(drain(queue)).toEqual([...left, 'next']);
  });

  it('forgets everything, half a frame, too', () => {
    const { queue } = open('ab', 'c');
    queue.take(1);
    queue.clear();
    expect([queue.count, queue.bytes]).toEqual([0, 0]);
    queue.push(Buffer.from('de'));
    expect(drain(queue)).toEqual(['de']);
  });

  it('has memory for frames that wait long, outside of the pool of Node', () => {
    const { queue } = open();
    const one = waits(queue, 'one');
    expect(one).not.toBe(Buffer.allocUnsafe(10).buffer);
    expect(waits(queue, 'two')).toBe(one);
    expect(waits(queue, 'three', false)).toBe(Buffer.allocUnsafe(10).buffer);
    expect(drain(queue)).toEqual(['^3one^3two', '^5three']);
  });

  it('lets go of that memory when the last frame has left, or everything is forgotten', () => {
    for (const end of [
      (queue: FrameQueue) => queue.take(Infinity),
      (queue: FrameQueue) => queue.clear(),
    ]) {
      const { queue } = open();
      const memory = waits(queue, 'a');
      end(queue);
      expect([queue.count, queue.bytes, queue.pieces]).toEqual([0, 0, 0]);
      expect(waits(queue, 'b')).not.toBe(memory);
      expect(drain(queue)).toEqual(['^1b']);
    }
  });
});

describe('small frames that wait long', () => {
  it('are one piece, and are counted one by one as they leave', () => {
    const { queue } = open();
    for (let index = 0; index < 10; index++) waits(queue, 'abc');
    expect([queue.pieces, queue.count, queue.bytes]).toEqual([1, 10, 50]);
    const left = [2, 2, 1, 10, 5, 6].map((max) => [print(queue.take(max)), queue.count]);
    expect(left).toEqual([
      ['^3', 10],
      ['ab', 10],
      ['c', 9],
      ['^3abc^3abc', 7],
      ['^3abc', 6],
      ['^3abc\x81', 5],
    ]);
    expect(drain(queue)).toEqual(['\x03abc^3abc^3abc^3abc^3abc']);
  });

  it.each([0, 1, 125, 126, 10_000, 16_000])('end where their headers say, %i bytes', (size) => {
    for (const key of [undefined, 0x1234_5678]) {
      const { queue } = open();
      const bytes = encodeFrame(Opcode.Binary, Buffer.alloc(size), key);
      for (let index = 0; index < 2; index++) {
        queue.reserve(bytes.length, true).set(bytes, queue.reservedAt);
        queue.commit(bytes.length);
      }
      queue.take(bytes.length - 1);
      expect(queue.count).toBe(2);
      queue.take(1);
      expect(queue.count).toBe(1);
      queue.take(bytes.length);
      expect(queue.count).toBe(0);
    }
  });

  it('keep their order among others', () => {
    const { queue } = open('a');
    waits(queue, 'b');
    waits(queue, 'c');
    queue.push(Buffer.from('d'));
    waits(queue, 'e');
    queue.offer(Buffer.from('f'), DROP_OLD, 0, 0, 0);
    waits(queue, 'g');
    expect(print(queue.take(3))).toBe('a');
    waits(queue, 'h');
    expect(print(queue.take(3))).toBe('^1b');
    waits(queue, 'i');
    expect([queue.pieces, queue.count]).toEqual([5, 7]);
    expect(drain(queue)).toEqual(['^1c', 'd', '^1e', 'f', '^1g^1h^1i']);
  });

  it.each([
    [4, 'b', 3],
    [5, '', 3],
    [9, 'bb', 2],
    [11, '', 2],
  ])('are dropped behind the one that is half taken, after %i bytes', (taken, rest, dropped) => {
    const { queue } = open();
    for (const text of ['aab', 'aabb', 'c', 'd']) waits(queue, text);
    queue.take(taken);
    expect(queue.dropWhole()).toBe(dropped);
    expect([queue.bytes, queue.count]).toEqual([rest.length, rest === '' ? 0 : 1]);
    expect(drain(queue)).toEqual(rest === '' ? [] : [rest]);
  });

  it('are never dropped for others, nor told as large ones however many they are', () => {
    let large = 0;
    const queue = new FrameQueue({
      largeFrameWaits: (_memory, bytes) => void (large += bytes),
      frameGone: () => {},
    });
    for (let index = 0; index < 100; index++) waits(queue, 'x'.repeat(KIB));
    expect(queue.offer(Buffer.from('y'), DROP_OLD, 1, 0, 0)).toBe(false);
    for (const end of [() => queue.take(20 * KIB), () => queue.dropWhole(), () => queue.clear()]) {
      end();
      expect([large, queue.largeBytes]).toEqual([0, 0]);
    }
  });
});

describe('frames that may be dropped', () => {
  it.each<[string, DropRule, number, number, number, string[], string[]]>([
    ['below both limits', DROP_NEW, 6, 3, 0, ['aa', 'bb', 'cc'], []],
    ['without limits', DROP_OLD, 0, 0, 1_000, ['aa', 'bb', 'cc'], []],
    ['drop-new at the limit of frames', DROP_NEW, 0, 2, 0, ['aa', 'bb'], []],
    ['drop-new at the limit of bytes', DROP_NEW, 5, 0, 0, ['aa', 'bb'], []],
    ['drop-new, bytes elsewhere count', DROP_NEW, 6, 0, 1, ['aa', 'bb'], []],
    ['drop-new above the limit, the first', DROP_NEW, 1, 0, 0, ['aa'], []],
    ['drop-old at the limit of frames', DROP_OLD, 0, 2, 0, ['bb', 'cc'], ['0+2>0']],
    ['drop-old at the limit of bytes', DROP_OLD, 3, 0, 0, ['cc'], ['0+2>0', '0+2>0']],
    ['latest without a key', latest(), 0, 0, 0, ['cc'], ['0+2>2', '0+2>2']],
    ['latest at the limit acts as drop-old', latest('new'), 0, 1, 0, ['cc'], ['0+2>2', '0+2>2']],
  ])('%s', (_name, rule, maxBytes, maxFrames, ahead, left, told) => {
    const { queue, gone } = open();
    const results = ['aa', 'bb', 'cc'].map((text) =>
      queue.offer(Buffer.from(text), rule, maxBytes, maxFrames, ahead),
    );
    expect(results.filter(Boolean).length).toBe(left.length + told.length);
    expect(queue.dropped).toBe(3 - left.length);
    expect(gone).toEqual(told);
    expect(drain(queue)).toEqual(left);
  });

  it('leaves frames that were pushed alone, and tells where the others were', () => {
    const { queue, gone } = open('abc', 'd');
    queue.take(1);
    queue.offer(Buffer.from('one'), DROP_OLD, 0, 4, 0);
    queue.push(Buffer.from('reply'));
    queue.offer(Buffer.from('two!'), DROP_OLD, 0, 4, 0);
    queue.offer(Buffer.from('three'), DROP_OLD, 0, 4, 0);
    expect(gone).toEqual(['3+3>0', '8+4>0']);
    expect(drain(queue)).toEqual(['bc', 'd', 'reply', 'three']);
  });

  it('puts the latest of a key where the first of them was, of another length, too', () => {
    const { queue, gone } = open('x');
    queue.offer(Buffer.from('a1'), latest('a'), 0, 0, 0);
    queue.offer(Buffer.from('b1'), latest('b'), 0, 0, 0);
    queue.offer(Buffer.from('a22'), latest('a'), 0, 0, 0);
    queue.offer(Buffer.from('b'), latest('b'), 0, 0, 0);
    expect(gone).toEqual(['1+2>3', '4+2>1']);
    expect([queue.bytes, queue.dropped]).toEqual([5, 2]);
    expect(drain(queue)).toEqual(['x', 'a22', 'b']);
  });

  it('never drops or replaces a frame of which a byte has been taken', () => {
    const { queue, gone } = open();
    queue.offer(Buffer.from('abc'), latest('k'), 0, 0, 0);
    queue.take(1);
    queue.offer(Buffer.from('def'), latest('k'), 0, 0, 0);
    expect(queue.offer(Buffer.from('g'), DROP_OLD, 0, 1, 0)).toBe(false);
    expect(gone).toEqual(['2+3>0']);
    expect(drain(queue)).toEqual(['bc']);
  });
});
