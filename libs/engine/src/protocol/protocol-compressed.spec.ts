import { describe, expect, it } from '@jest/globals';
import type { RawFrame } from '../testing-fixtures/raw-frame.js';
import { framesTo } from '../testing-fixtures/receive.js';
import { RecordingSink } from '../testing-fixtures/recording-sink.js';
import type { Decompressor } from './decompressor.js';
import { DEFAULT_LIMITS, type TransportLimits } from './limits.js';
import { Protocol } from './protocol.js';

const KIB = 1024;
const CORRUPT = 0xff;

/**
 * Stands for inflating: a byte n below 0x80 becomes n KiB of "a", one of 0x80 becomes a byte that is
 * never UTF-8, and 0xff is corrupt. Its output is one piece of memory, used again and again.
 */
class FakeDecompressor implements Decompressor {
  readonly fed: string[] = [];
  steps = 0;
  ended = false;
  private input: number[] = [];
  private readonly output = Buffer.alloc(127 * KIB);

  feed(input: Buffer, last: boolean): void {
    this.fed.push(`${input.toString('hex')}${last ? '.' : ''}`);
    this.input.push(...input);
  }

  next(): Buffer | null {
    this.steps++;
    const byte = this.input.shift();
    if (byte === undefined) return this.output.subarray(0, 0);
    if (byte === CORRUPT) return null;
    if (byte === 0x80) return Buffer.from([0xff]);
    return this.output.fill('a', 0, byte * KIB).subarray(0, byte * KIB);
  }

  end(): void {
    this.ended = true;
  }
}

function receiver(limits: Partial<TransportLimits> = {}): {
  protocol: Protocol;
  sink: RecordingSink;
  fake: FakeDecompressor;
  receive: (...frames: RawFrame[]) => void;
} {
  const sink = new RecordingSink();
  const fake = new FakeDecompressor();
  const protocol = new Protocol('server', { ...DEFAULT_LIMITS, ...limits }, sink, fake);
  const receive = (...frames: RawFrame[]) => protocol.receive(framesTo('server', ...frames));
  return { protocol, sink, fake, receive };
}

/** A frame with RSV1, whose payload is these bytes. */
function compressed(opcode: number, ...payload: number[]): RawFrame {
  return { opcode, rsv: opcode === 0 ? 0 : 4, payload: Buffer.from(payload) };
}

const kib = (count: number) => '61'.repeat(count * KIB);

describe('compressed messages', () => {
  it('are inflated, whole and in fragments, with control frames between', () => {
    const { sink, fake, receive } = receiver();
    receive(
      compressed(1, 1),
      { ...compressed(2, 1), fin: false },
      { opcode: 9, payload: 'x' },
      { ...compressed(0, 2), fin: false },
      { opcode: 0 },
    );
    expect(sink.calls).toEqual([
      ['text', kib(1)],
      ['ping', '78'],
      ['binary', kib(3)],
    ]);
    expect(fake.fed).toEqual(['01.', '01', '02', '.']);
  });

  it('stand beside messages that are not compressed (RFC 7692 6)', () => {
    const { sink, fake, receive } = receiver();
    receive({ opcode: 1, payload: 'plain' }, compressed(1, 1), { opcode: 2, payload: 'plain' });
    expect(sink.calls.map(([name]) => name)).toEqual(['text', 'text', 'binary']);
    expect(fake.fed).toEqual(['01.']);
  });

  it('are marked in their first frame and nowhere else (RFC 7692 6.1)', () => {
    for (const frames of [
      [compressed(9)],
      [compressed(8)],
      [
        { ...compressed(1, 1), fin: false },
        { opcode: 0, rsv: 4 },
      ],
      [
        { opcode: 1, fin: false, payload: 'a' },
        { opcode: 0, rsv: 4 },
      ],
    ]) {
      const { sink, fake, receive } = receiver();
      receive(...frames);
      expect(sink.calls).toEqual([['violated', 1002, 'WS_ERR_UNEXPECTED_RSV_1']]);
      expect(fake.ended).toBe(true);
    }
  });

  it('fail the connection when they cannot be inflated', () => {
    const { sink, receive } = receiver();
    receive(compressed(2, 1, CORRUPT, 1), compressed(2, 1));
    expect(sink.calls).toEqual([['violated', 1007, 'WS_ERR_INVALID_COMPRESSED_DATA']]);
  });

  it('have their text checked as it grows, and only text', () => {
    const text = receiver();
    text.receive({ ...compressed(1, 1, 0x80, 1), fin: false });
    expect(text.sink.calls).toEqual([['violated', 1007, 'WS_ERR_INVALID_UTF8']]);
    const binary = receiver();
    binary.receive(compressed(2, 0x80));
    expect(binary.sink.calls).toEqual([['binary', 'ff']]);
  });

  it('have their text checked also when they came whole and inflate in one step', () => {
    for (const payload of [[0x80], [1, 0x80], [0x80, 1]]) {
      const { sink, receive } = receiver();
      receive(compressed(1, ...payload));
      expect(sink.calls).toEqual([['violated', 1007, 'WS_ERR_INVALID_UTF8']]);
    }
    const trusting = receiver({ skipUTF8Validation: true });
    trusting.receive(compressed(1, 0x80));
    expect(trusting.sink.calls).toEqual([['text', 'ff']]);
  });

  it('may be of maxPayload when inflated, and are refused while they grow beyond it', () => {
    const right = receiver({ maxPayload: 10 * KIB });
    right.receive(compressed(2, 4, 4, 2));
    expect(right.sink.calls).toEqual([['binary', kib(10)]]);
    const { sink, fake, receive } = receiver({ maxPayload: 10 * KIB });
    receive(compressed(2, ...Array.from({ length: 100 }, () => 4)));
    expect(sink.calls).toEqual([['violated', 1009, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH']]);
    expect(fake.steps).toBe(3);
  });

  it('are refused by a declared length no message of maxPayload can take', () => {
    const { sink, fake, receive } = receiver({ maxPayload: 1000 });
    receive({ opcode: 2, rsv: 4, declaredLength: 3025n });
    expect(sink.calls).toEqual([['violated', 1009, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH']]);
    expect(fake.fed).toEqual([]);
  });

  it('are each judged by their own length, whatever came before', () => {
    const { sink, receive } = receiver({ maxPayload: 1000 });
    // Bytes that inflate to none, as a sender adds when it flushes often.
    const flushes = Array.from({ length: 1500 }, () => 0);
    for (let index = 0; index < 3; index++) {
      receive({ ...compressed(2, ...flushes), fin: false }, compressed(0, ...flushes));
    }
    expect(sink.calls).toEqual(Array.from({ length: 3 }, () => ['binary', '']));
  });

  it('count as fragments like others', () => {
    const { sink, receive } = receiver({ maxFragments: 2 });
    receive({ ...compressed(2, 1), fin: false }, { ...compressed(0, 1), fin: false });
    expect(sink.calls).toEqual([]);
    receive(compressed(0, 1));
    expect(sink.calls).toEqual([['violated', 1008, 'WS_ERR_TOO_MANY_BUFFERED_PARTS']]);
  });
});

describe('a message that inflates to a large one', () => {
  const large = Array.from({ length: 10 }, () => 100);

  it('is inflated in slices, a slice at a time, and what follows waits for it', () => {
    const { protocol, sink, fake, receive } = receiver({ maxPayload: 0 });
    receive(compressed(2, ...large), { opcode: 9, payload: 'x' });
    let slices = 1;
    for (; protocol.busy; slices++) {
      expect([sink.calls, protocol.pending]).toEqual([[], true]);
      const before = fake.steps;
      protocol.resume();
      expect(fake.steps - before).toBeLessThanOrEqual(4);
    }
    expect(slices).toBeGreaterThan(3);
    expect(sink.calls).toEqual([
      ['binary', kib(1000)],
      ['ping', '78'],
    ]);
    expect(protocol.pending).toBe(false);
  });

  it('has others wait behind it also when it is many small ones', () => {
    const { protocol, sink, receive } = receiver({ maxPayload: 0, maxFramesPerTurn: 1000 });
    receive(...Array.from({ length: 5 }, () => compressed(2, 100)));
    expect([sink.calls.length, protocol.busy, protocol.pending]).toEqual([3, true, true]);
    protocol.resume();
    expect([sink.calls.length, protocol.busy, protocol.pending]).toEqual([5, false, false]);
  });

  it('has others wait behind it also when they come in one step each', () => {
    const { protocol, sink, receive } = receiver({ maxPayload: 0, maxFramesPerTurn: 1000 });
    receive(...Array.from({ length: 10 }, () => compressed(2, 50)));
    expect([sink.calls.length, protocol.busy, protocol.pending]).toEqual([6, true, true]);
    protocol.resume();
    expect([sink.calls.length, protocol.busy, protocol.pending]).toEqual([10, false, false]);
  });

  it('keeps the order of chunks that arrive meanwhile', () => {
    const { protocol, sink, receive } = receiver({ maxPayload: 0 });
    receive({ ...compressed(2, ...large), fin: false });
    for (let index = 0; index < 5; index++) receive({ opcode: 9, payload: Buffer.from([index]) });
    receive(compressed(0, 1));
    while (protocol.pending) protocol.resume();
    const pings = Array.from({ length: 5 }, (_, index) => ['ping', `0${index}`]);
    expect(sink.calls).toEqual([...pings, ['binary', kib(1001)]]);
  });

  it('is not overtaken by what arrives before it is inflated, nor mixed with it', () => {
    const { protocol, sink, fake, receive } = receiver({ maxPayload: 0 });
    receive(compressed(2, ...large));
    receive({ opcode: 1, payload: 'plain' });
    receive(compressed(1, 1));
    expect([sink.calls, fake.fed.length]).toEqual([[], 1]);
    while (protocol.pending) protocol.resume();
    expect(sink.calls).toEqual([
      ['binary', kib(1000)],
      ['text', Buffer.from('plain').toString('hex')],
      ['text', kib(1)],
    ]);
  });

  it('can be held when it is complete', () => {
    const { protocol, sink, receive } = receiver({ maxPayload: 0 });
    sink.afterCall = () => protocol.hold();
    receive(compressed(2, ...large), { opcode: 9 }, { opcode: 10 });
    while (sink.calls.length === 0) protocol.resume();
    expect(sink.calls.map(([name]) => name)).toEqual(['binary']);
    protocol.resume();
    expect(sink.calls.map(([name]) => name)).toEqual(['binary', 'ping']);
    protocol.resume();
    expect(sink.calls.map(([name]) => name)).toEqual(['binary', 'ping', 'pong']);
  });

  it('is given up when the protocol is ended', () => {
    const { protocol, sink, fake, receive } = receiver({ maxPayload: 0 });
    receive(compressed(2, ...large), { opcode: 9 });
    protocol.end();
    expect([protocol.pending, protocol.busy, fake.ended]).toEqual([false, false, true]);
    const { steps } = fake;
    protocol.resume();
    receive({ opcode: 9 });
    expect([sink.calls, fake.steps]).toEqual([[], steps]);
  });
});
