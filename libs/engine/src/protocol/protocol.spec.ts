import { describe, expect, it } from '@jest/globals';
import { TEST_MASK, rawClosePayload } from '../testing-fixtures/raw-frame.js';
import { frameTo, framesTo, receiveBytewise, receiver } from '../testing-fixtures/receive.js';
import type { SinkCall } from '../testing-fixtures/recording-sink.js';
import type { Role } from './protocol.js';

const ROLES: readonly Role[] = ['server', 'client'];
const hex = (text: string) => Buffer.from(text).toString('hex');

/** What is reported of these bytes, which must be the same whole and byte by byte. */
function reported(role: Role, bytes: Buffer): readonly SinkCall[] {
  const whole = receiver(role);
  whole.protocol.receive(Buffer.from(bytes));
  const bytewise = receiver(role);
  receiveBytewise(bytewise.protocol, bytes);
  expect(bytewise.sink.calls).toEqual(whole.sink.calls);
  return whole.sink.calls;
}

describe.each(ROLES)('receiving as a %s', (role) => {
  it('takes whole messages of both kinds and of no length', () => {
    const stream = framesTo(
      role,
      { opcode: 1, payload: 'Hello' },
      { opcode: 2, payload: Buffer.from([0, 255]) },
      { opcode: 1 },
      { opcode: 2 },
    );
    expect(reported(role, stream)).toEqual([
      ['text', hex('Hello')],
      ['binary', '00ff'],
      ['text', ''],
      ['binary', ''],
    ]);
  });

  it('joins fragments, also empty ones (5.4)', () => {
    const stream = framesTo(
      role,
      { opcode: 1, fin: false, payload: 'Hel' },
      { opcode: 0, fin: false },
      { opcode: 0, payload: 'lo' },
      { opcode: 2, fin: false },
      { opcode: 0 },
      { opcode: 1, payload: 'next' },
    );
    expect(reported(role, stream)).toEqual([
      ['text', hex('Hello')],
      ['binary', ''],
      ['text', hex('next')],
    ]);
  });

  it('reports control frames in the middle of a message at once (5.4, 5.5)', () => {
    const { protocol, sink } = receiver(role);
    protocol.receive(frameTo(role, { opcode: 1, fin: false, payload: 'a' }));
    protocol.receive(frameTo(role, { opcode: 9, payload: 'ping' }));
    expect(sink.calls).toEqual([['ping', hex('ping')]]);
    protocol.receive(frameTo(role, { opcode: 10, payload: 'pong' }));
    protocol.receive(frameTo(role, { opcode: 0, payload: 'b' }));
    expect(sink.calls.slice(1)).toEqual([
      ['pong', hex('pong')],
      ['text', hex('ab')],
    ]);
  });

  it('takes a pong nobody asked for (5.5.3)', () => {
    expect(reported(role, frameTo(role, { opcode: 10, payload: 'x' }))).toEqual([
      ['pong', hex('x')],
    ]);
  });

  it.each([9, 10])('takes a control frame %d of 0 and of 125 bytes', (opcode) => {
    const stream = framesTo(role, { opcode }, { opcode, payload: 'x'.repeat(125) });
    expect(reported(role, stream).map(([, payload]) => String(payload).length)).toEqual([0, 250]);
  });

  it.each([126, 127, 65_536])('refuses control frames of %d bytes (5.5)', (length) => {
    for (const opcode of [8, 9, 10]) {
      const frame = frameTo(role, { opcode, payload: 'x'.repeat(length) });
      expect(reported(role, frame)).toEqual([
        ['violated', 1002, 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH'],
      ]);
    }
  });

  it('refuses control frames of a small length written in more bytes', () => {
    for (const lengthBits of [16, 64] as const) {
      expect(reported(role, frameTo(role, { opcode: 9, payload: 'x', lengthBits }))).toEqual([
        ['violated', 1002, 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH'],
      ]);
    }
  });

  it.each([8, 9, 10])('refuses a control frame %d in fragments (5.5)', (opcode) => {
    expect(reported(role, frameTo(role, { opcode, fin: false }))).toEqual([
      ['violated', 1002, 'WS_ERR_EXPECTED_FIN'],
    ]);
  });

  it('refuses every reserved bit, in every frame, without an extension (5.2)', () => {
    for (const opcode of [0, 1, 2, 8, 9, 10]) {
      for (let rsv = 1; rsv < 8; rsv++) {
        const code = rsv === 4 ? 'WS_ERR_UNEXPECTED_RSV_1' : 'WS_ERR_UNEXPECTED_RSV_2_3';
        expect(reported(role, frameTo(role, { opcode, rsv }))).toEqual([['violated', 1002, code]]);
      }
    }
  });

  it.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])('refuses the reserved opcode %d (5.2)', (opcode) => {
    for (const fin of [true, false]) {
      expect(reported(role, frameTo(role, { opcode, fin, payload: 'x' }))).toEqual([
        ['violated', 1002, 'WS_ERR_INVALID_OPCODE'],
      ]);
    }
  });

  it('refuses a continuation of nothing (5.4)', () => {
    const invalid = ['violated', 1002, 'WS_ERR_INVALID_OPCODE'];
    expect(reported(role, frameTo(role, { opcode: 0, payload: 'x' }))).toEqual([invalid]);
    const behind = framesTo(role, { opcode: 2, payload: 'x' }, { opcode: 0, fin: false });
    expect(reported(role, behind)).toEqual([['binary', hex('x')], invalid]);
    const finished = framesTo(role, { opcode: 1, fin: false }, { opcode: 0 }, { opcode: 0 });
    expect(reported(role, finished)).toEqual([['text', ''], invalid]);
  });

  it('refuses a new message inside an unfinished one (5.4)', () => {
    for (const opcode of [1, 2]) {
      const stream = framesTo(role, { opcode: 1, fin: false, payload: 'x' }, { opcode });
      expect(reported(role, stream)).toEqual([['violated', 1002, 'WS_ERR_INVALID_OPCODE']]);
    }
  });

  it('refuses frames masked the wrong way, of every kind (5.1)', () => {
    const mask = role === 'server' ? undefined : TEST_MASK;
    const code = role === 'server' ? 'WS_ERR_EXPECTED_MASK' : 'WS_ERR_UNEXPECTED_MASK';
    for (const opcode of [1, 2, 8, 9, 10]) {
      const frame = frameTo(role, { opcode, mask });
      expect(reported(role, frame)).toEqual([['violated', 1002, code]]);
    }
  });

  it('says a frame is wrong before it is there', () => {
    const { protocol, sink } = receiver(role);
    const frame = frameTo(role, { opcode: 3, declaredLength: 100_000n });
    protocol.receive(frame.subarray(0, 1));
    expect(sink.calls).toEqual([]);
    protocol.receive(frame.subarray(1, 2));
    expect(sink.calls).toEqual([['violated', 1002, 'WS_ERR_INVALID_OPCODE']]);
  });

  it('reports nothing behind the first violation, nor twice', () => {
    const { protocol, sink } = receiver(role);
    const bad = framesTo(role, { opcode: 1, payload: 'a' }, { opcode: 3 }, { opcode: 1 });
    protocol.receive(bad);
    protocol.receive(framesTo(role, { opcode: 8 }, { opcode: 3 }));
    protocol.resume();
    expect(sink.calls).toEqual([
      ['text', hex('a')],
      ['violated', 1002, 'WS_ERR_INVALID_OPCODE'],
    ]);
    expect(protocol.pending).toBe(false);
  });
});

describe.each(ROLES)('a Close frame received as a %s', (role) => {
  const close = (payload: Uint8Array | string) =>
    reported(role, frameTo(role, { opcode: 8, payload }));

  it('carries no code, a code, or a code and a reason (5.5.1)', () => {
    expect(close('')).toEqual([['close', 1005, '']]);
    expect(close(rawClosePayload(1000))).toEqual([['close', 1000, '']]);
    expect(close(rawClosePayload(4000, 'Gehört'))).toEqual([['close', 4000, 'Gehört']]);
    const longest = 'x'.repeat(123);
    expect(close(rawClosePayload(1001, longest))).toEqual([['close', 1001, longest]]);
  });

  it('may not have a body of one byte (5.5.1)', () => {
    expect(close('x')).toEqual([['violated', 1002, 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH']]);
  });

  it('may carry only codes that are meant for the wire (7.4)', () => {
    const allowed = [1000, 1003, 1007, 1014, 3000, 4999];
    const refused = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
    for (const code of allowed) expect(close(rawClosePayload(code))).toEqual([['close', code, '']]);
    for (const code of refused) {
      expect([code, ...close(rawClosePayload(code))]).toEqual([
        code,
        ['violated', 1002, 'WS_ERR_INVALID_CLOSE_CODE'],
      ]);
    }
  });

  it('must give its reason in UTF-8 (5.5.1)', () => {
    for (const reason of [[0xff], [0x61, 0xe2, 0x82], [0xed, 0xa0, 0x80]]) {
      expect(close(rawClosePayload(1000, Buffer.from(reason)))).toEqual([
        ['violated', 1007, 'WS_ERR_INVALID_UTF8'],
      ]);
    }
  });

  it('is the last thing said, also inside an unfinished message', () => {
    const stream = framesTo(
      role,
      { opcode: 1, fin: false, payload: 'x' },
      { opcode: 8 },
      { opcode: 0, payload: 'y' },
      { opcode: 9 },
      { opcode: 3 },
    );
    expect(reported(role, stream)).toEqual([['close', 1005, '']]);
  });
});

describe('holding a protocol', () => {
  it('stops between messages of one chunk, and resume goes on', () => {
    const { protocol, sink } = receiver();
    sink.afterCall = ([name]) => {
      if (name === 'ping') protocol.hold();
    };
    protocol.receive(
      framesTo('server', { opcode: 9 }, { opcode: 2 }, { opcode: 9 }, { opcode: 1 }),
    );
    expect(sink.calls.map(([name]) => name)).toEqual(['ping']);
    expect(protocol.pending).toBe(true);
    protocol.resume();
    expect(sink.calls.map(([name]) => name)).toEqual(['ping', 'binary', 'ping']);
    protocol.receive(frameTo('server', { opcode: 10 }));
    protocol.resume();
    expect(sink.calls.map(([name]) => name)).toEqual(['ping', 'binary', 'ping', 'text', 'pong']);
    expect(protocol.pending).toBe(false);
  });

  it('forgets an unfinished message when it is ended', () => {
    const { protocol, sink } = receiver();
    protocol.receive(framesTo('server', { opcode: 1, fin: false, payload: 'x' }));
    protocol.end();
    protocol.receive(framesTo('server', { opcode: 0 }, { opcode: 1 }));
    expect(sink.calls).toEqual([]);
  });

  it('lets an error of the sink through', () => {
    const { protocol, sink } = receiver();
    const thrown = new Error('from the listener');
    sink.afterCall = () => {
      throw thrown;
    };
    expect(() => protocol.receive(frameTo('server', { opcode: 9 }))).toThrow(thrown);
  });
});
