import { describe, expect, it } from '@jest/globals';
import { frameTo, receiver } from '../testing-fixtures/receive.js';
import { rawClosePayload } from '../testing-fixtures/raw-frame.js';
import { MAX_CLOSE_REASON, MAX_CONTROL_PAYLOAD } from './control-payload.js';

describe('the size of control frames', () => {
  it('is what RFC 6455 5.5 allows, of which a status code takes two bytes', () => {
    expect([MAX_CONTROL_PAYLOAD, MAX_CLOSE_REASON]).toEqual([125, 123]);
  });

  it.each([
    ['a ping', 9, (extra: number) => Buffer.alloc(MAX_CONTROL_PAYLOAD + extra)],
    ['a pong', 10, (extra: number) => Buffer.alloc(MAX_CONTROL_PAYLOAD + extra)],
    ['a Close', 8, (extra: number) => rawClosePayload(1000, 'x'.repeat(MAX_CLOSE_REASON + extra))],
  ])('lets %s be as long as that, and not one byte longer', (_name, opcode, payload) => {
    const names = [0, 1].map((extra) => {
      const { protocol, sink } = receiver();
      protocol.receive(frameTo('server', { opcode, payload: payload(extra) }));
      return sink.calls.map(([name]) => name);
    });
    expect(names[0]).not.toEqual(['violated']);
    expect(names[1]).toEqual(['violated']);
  });
});
