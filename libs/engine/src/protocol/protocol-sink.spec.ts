import { describe, expect, it } from '@jest/globals';
import { framesTo, receiver } from '../testing-fixtures/receive.js';
import { messageTooBig } from './frame-rules.js';
import { NOBODY } from './protocol-sink.js';

describe('NOBODY', () => {
  it('takes whatever is reported and keeps nothing of it', () => {
    const payload = Buffer.from('x');
    expect(NOBODY.textReceived(payload, true)).toBe(false);
    expect([
      NOBODY.textInChunk(payload, 0, 1, true),
      NOBODY.binaryReceived(payload),
      NOBODY.pingReceived(payload),
      NOBODY.pongReceived(payload),
      NOBODY.closeReceived(1005, ''),
      NOBODY.violated(messageTooBig()),
    ]).toEqual(Array(6).fill(undefined));
    expect('frameReceived' in NOBODY).toBe(false);
  });

  it('is whom a parser reports to that was released: the sink before hears nothing more', () => {
    const { protocol, sink } = receiver();
    protocol.release();
    const frames = [
      { opcode: 1, payload: 'whole' },
      { opcode: 1, fin: false },
      { opcode: 0, payload: 'x' },
      { opcode: 2 },
      { opcode: 9 },
      { opcode: 10 },
      { opcode: 8 },
    ];
    protocol.receive(framesTo('server', ...frames));
    expect(sink.calls).toEqual([]);
  });
});
