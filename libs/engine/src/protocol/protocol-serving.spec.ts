import { describe, expect, it } from '@jest/globals';
import { frameTo, framesTo, receiver } from '../testing-fixtures/receive.js';
import { RecordingSink } from '../testing-fixtures/recording-sink.js';
import type { Decompressor } from './decompressor.js';
import { DEFAULT_LIMITS } from './limits.js';
import { Protocol } from './protocol.js';

/** Gives back what it is fed. */
function identity(): Decompressor & { ended: boolean } {
  let waiting = Buffer.alloc(0);
  return {
    ended: false,
    feed(input) {
      waiting = Buffer.from(input);
    },
    next() {
      const output = waiting;
      waiting = Buffer.alloc(0);
      return output;
    },
    end() {
      this.ended = true;
    },
  };
}

describe('a protocol that serves one connection after another', () => {
  it('is idle between two messages and nowhere else', () => {
    const { protocol } = receiver();
    const bytes = framesTo(
      'server',
      { opcode: 2, fin: false, payload: 'ab' },
      { opcode: 9, payload: 'x' },
      { opcode: 0, payload: 'c' },
    );
    const idle: number[] = [];
    for (let at = 0; at < bytes.length; at++) {
      if (protocol.isIdle) idle.push(at);
      protocol.receive(bytes.subarray(at, at + 1));
    }
    expect([idle, protocol.isIdle]).toEqual([[0], true]);
  });

  it('is not idle while it is held or hands out frames, nor once it has ended', () => {
    const { protocol } = receiver();
    protocol.hold();
    expect(protocol.isIdle).toBe(false);
    protocol.resume();
    expect(protocol.isIdle).toBe(true);
    protocol.handOutFrames();
    expect(protocol.isIdle).toBe(false);
    const other = receiver().protocol;
    other.end();
    expect(other.isIdle).toBe(false);
  });

  it('goes by the role, the limits, the sink and the compression of the new one', () => {
    const before = identity();
    const first = new RecordingSink();
    const protocol = new Protocol('server', DEFAULT_LIMITS, first, before);
    protocol.receive(frameTo('server', { opcode: 1, rsv: 4, payload: 'one' }));
    expect([protocol.compression, protocol.isIdle]).toEqual([true, true]);
    protocol.release();
    expect(protocol.compression).toBe(false);

    const second = new RecordingSink();
    protocol.serve('client', { ...DEFAULT_LIMITS, maxPayload: 3 }, second, null);
    protocol.receive(framesTo('client', { opcode: 1, payload: 'two' }));
    protocol.receive(framesTo('client', { opcode: 1, payload: 'four' }));
    expect(first.calls.map(([name]) => name)).toEqual(['text']);
    expect(second.calls).toEqual([
      ['text', Buffer.from('two').toString('hex')],
      ['violated', 1009, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'],
    ]);
    expect(before.ended).toBe(false);
  });

  it('takes compressed messages after it served one without, and refuses them after one with', () => {
    const { protocol } = receiver('client');
    protocol.release();
    const sinks = [identity(), null].map((decompressor) => {
      const sink = new RecordingSink();
      protocol.serve('server', DEFAULT_LIMITS, sink, decompressor);
      protocol.receive(frameTo('server', { opcode: 2, rsv: 4, payload: 'x' }));
      return sink.calls;
    });
    expect(sinks).toEqual([[['binary', '78']], [['violated', 1002, 'WS_ERR_UNEXPECTED_RSV_1']]]);
  });

  it('counts what it holds of an unfinished message', () => {
    const { protocol } = receiver();
    expect(protocol.heldBytes).toBe(0);
    protocol.receive(framesTo('server', { opcode: 1, fin: false, payload: 'abc' }));
    expect(protocol.heldBytes).toBe(3);
    protocol.receive(framesTo('server', { opcode: 0, payload: 'de' }));
    expect(protocol.heldBytes).toBe(0);
  });
});
