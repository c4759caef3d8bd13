import { describe, expect, it } from '@jest/globals';
import { TEST_MASK, rawFrame } from '../testing-fixtures/raw-frame.js';
import { frameTo, framesTo, receiveBytewise, receiver } from '../testing-fixtures/receive.js';

const TOO_BIG = ['violated', 1009, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'];
const TOO_MANY = ['violated', 1008, 'WS_ERR_TOO_MANY_BUFFERED_PARTS'];
const TOO_LONG = ['violated', 1009, 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH'];

/** The header of a frame whose payload does not come. */
function headerOf(opcode: number, length: bigint, fin = true): Buffer {
  return rawFrame({ opcode, fin, declaredLength: length, mask: TEST_MASK });
}

describe('maxPayload', () => {
  it('lets through a message of exactly that size and refuses one byte more with 1009', () => {
    for (const opcode of [1, 2]) {
      const { protocol, sink } = receiver('server', { maxPayload: 300 });
      protocol.receive(frameTo('server', { opcode, payload: 'x'.repeat(300) }));
      protocol.receive(frameTo('server', { opcode, payload: 'x'.repeat(301) }));
      expect(sink.calls.map(([name]) => name)).toEqual([
        opcode === 1 ? 'text' : 'binary',
        'violated',
      ]);
      expect(sink.calls[1]).toEqual(TOO_BIG);
    }
  });

  it('judges by the declared length, before any payload arrives (10.4)', () => {
    const { protocol, sink } = receiver('server', { maxPayload: 300 });
    protocol.receive(headerOf(2, 301n));
    expect(sink.calls).toEqual([TOO_BIG]);
  });

  it('counts all fragments of a message together', () => {
    const { protocol, sink } = receiver('server', { maxPayload: 300 });
    const payload = 'x'.repeat(150);
    for (let round = 0; round < 2; round++) {
      protocol.receive(
        framesTo('server', { opcode: 2, fin: false, payload }, { opcode: 0, payload }),
      );
    }
    expect(sink.calls).toHaveLength(2);
    protocol.receive(frameTo('server', { opcode: 2, fin: false, payload }));
    protocol.receive(headerOf(0, 151n, false));
    expect(sink.calls[2]).toEqual(TOO_BIG);
  });

  it('does not count control frames', () => {
    const { protocol, sink } = receiver('server', { maxPayload: 10 });
    protocol.receive(frameTo('server', { opcode: 9, payload: 'x'.repeat(125) }));
    expect(sink.calls.map(([name]) => name)).toEqual(['ping']);
  });

  it('of 0 is no limit', () => {
    const { protocol, sink } = receiver('server', { maxPayload: 0 });
    protocol.receive(headerOf(2, BigInt(Number.MAX_SAFE_INTEGER)));
    expect(sink.calls).toEqual([]);
  });

  it('is not needed to refuse lengths beyond 2^53 - 1, sign bit included (5.2)', () => {
    for (const length of [2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      const { protocol, sink } = receiver('server', { maxPayload: 0 });
      receiveBytewise(protocol, headerOf(1, length));
      expect(sink.calls).toEqual([TOO_LONG]);
    }
  });
});

describe('maxFrame', () => {
  const TOO_BIG_A_FRAME = ['violated', 1009, 'WS_ERR_FRAME_TOO_BIG'];

  it('lets through a frame of exactly that size and refuses one byte more with 1009', () => {
    const { protocol, sink } = receiver('server', { maxFrame: 300 });
    protocol.receive(frameTo('server', { opcode: 2, payload: 'x'.repeat(300) }));
    protocol.receive(headerOf(2, 301n));
    expect(sink.calls.map(([name]) => name)).toEqual(['binary', 'violated']);
    expect(sink.calls[1]).toEqual(TOO_BIG_A_FRAME);
  });

  it('judges each fragment by itself', () => {
    const { protocol, sink } = receiver('server', { maxFrame: 300 });
    const payload = 'x'.repeat(300);
    protocol.receive(
      framesTo('server', { opcode: 2, fin: false, payload }, { opcode: 0, payload }),
    );
    expect(sink.calls.map(([name]) => name)).toEqual(['binary']);
    protocol.receive(frameTo('server', { opcode: 2, fin: false, payload: 'x' }));
    protocol.receive(headerOf(0, 301n));
    expect(sink.calls[1]).toEqual(TOO_BIG_A_FRAME);
  });

  it('leaves control frames alone', () => {
    const { protocol, sink } = receiver('server', { maxFrame: 1 });
    protocol.receive(frameTo('server', { opcode: 9, payload: 'ping' }));
    expect(sink.calls.map(([name]) => name)).toEqual(['ping']);
  });
});

describe('maxFragments', () => {
  it('lets through exactly that many and refuses one more with 1008', () => {
    const { protocol, sink } = receiver('server', { maxFragments: 3 });
    const first = { opcode: 2, fin: false, payload: 'a' };
    const next = { opcode: 0, fin: false, payload: 'a' };
    protocol.receive(framesTo('server', first, next, { ...next, fin: true }));
    expect(sink.calls).toEqual([['binary', '616161']]);
    protocol.receive(framesTo('server', first, next, next));
    expect(sink.calls).toHaveLength(1);
    protocol.receive(framesTo('server', { ...next, fin: true }));
    expect(sink.calls[1]).toEqual(TOO_MANY);
  });

  it('counts empty fragments, which cost no payload', () => {
    const { protocol, sink } = receiver('server', { maxFragments: 100 });
    protocol.receive(frameTo('server', { opcode: 1, fin: false }));
    for (let index = 0; index < 99; index++) {
      protocol.receive(frameTo('server', { opcode: 0, fin: false }));
    }
    expect(sink.calls).toEqual([]);
    protocol.receive(frameTo('server', { opcode: 0, fin: false }));
    expect(sink.calls).toEqual([TOO_MANY]);
  });

  it('does not count pings between them, nor the chunks a fragment came in', () => {
    const { protocol, sink } = receiver('server', { maxFragments: 2 });
    const stream = framesTo(
      'server',
      { opcode: 2, fin: false, payload: 'aaaa' },
      { opcode: 9 },
      { opcode: 9 },
      { opcode: 0, payload: 'aaaa' },
    );
    receiveBytewise(protocol, stream);
    expect(sink.calls.map(([name]) => name)).toEqual(['ping', 'ping', 'binary']);
  });

  it('of 0 is no limit', () => {
    const { protocol, sink } = receiver('server', { maxFragments: 0, maxFramesPerTurn: 10_000 });
    protocol.receive(frameTo('server', { opcode: 2, fin: false }));
    for (let index = 0; index < 5000; index++) {
      protocol.receive(frameTo('server', { opcode: 0, fin: false }));
    }
    protocol.receive(frameTo('server', { opcode: 0 }));
    expect(sink.calls).toEqual([['binary', '']]);
  });
});

describe('maxBufferedChunks', () => {
  it('lets one message come in exactly that many chunks and refuses one more with 1008', () => {
    for (const [length, expected] of [
      [5, ['binary', '6161616161']],
      [6, TOO_MANY],
    ] as const) {
      const { protocol, sink } = receiver('server', { maxBufferedChunks: 5 });
      receiveBytewise(protocol, frameTo('server', { opcode: 2, payload: 'a'.repeat(length) }));
      expect(sink.calls).toEqual([expected]);
    }
  });

  it('begins anew with each message', () => {
    const { protocol, sink } = receiver('server', { maxBufferedChunks: 3 });
    for (let index = 0; index < 4; index++) {
      receiveBytewise(protocol, frameTo('server', { opcode: 2, payload: 'aaa' }));
    }
    expect(sink.calls).toHaveLength(4);
  });

  it('of 0 is no limit', () => {
    const { protocol, sink } = receiver('server', { maxBufferedChunks: 0 });
    receiveBytewise(protocol, frameTo('server', { opcode: 2, payload: 'a'.repeat(1000) }));
    expect(sink.calls).toHaveLength(1);
  });
});

describe('requireMinimalLength', () => {
  const wasteful = [
    { opcode: 2, payload: 'x', lengthBits: 16 },
    { opcode: 2, payload: 'x'.repeat(125), lengthBits: 16 },
    { opcode: 2, payload: 'x'.repeat(126), lengthBits: 64 },
    { opcode: 2, payload: 'x'.repeat(65_535), lengthBits: 64 },
  ] as const;

  it('refuses lengths in more bytes than needed when it is on (5.2)', () => {
    for (const frame of wasteful) {
      const { protocol, sink } = receiver('server', { requireMinimalLength: true });
      protocol.receive(frameTo('server', frame));
      expect(sink.calls).toEqual([['violated', 1002, 'WS_ERR_NON_MINIMAL_LENGTH']]);
    }
  });

  it('takes them when it is off, as it is unless asked for', () => {
    for (const frame of wasteful) {
      const { protocol, sink } = receiver();
      protocol.receive(frameTo('server', frame));
      expect(sink.calls.map(([name]) => name)).toEqual(['binary']);
    }
  });

  it('lets minimal lengths through when it is on', () => {
    const { protocol, sink } = receiver('server', { requireMinimalLength: true });
    for (const length of [0, 125, 126, 65_535, 65_536]) {
      protocol.receive(frameTo('server', { opcode: 2, payload: 'x'.repeat(length) }));
    }
    expect(sink.calls.map(([name]) => name)).toEqual(Array.from({ length: 5 }, () => 'binary'));
  });
});

describe('maxFramesPerTurn', () => {
  it('leaves the rest of a chunk for the next turn, in order', () => {
    const { protocol, sink } = receiver('server', { maxFramesPerTurn: 10 });
    const frames = Array.from({ length: 25 }, (_, index) => ({
      opcode: 9,
      payload: Buffer.from([index]),
    }));
    protocol.receive(framesTo('server', ...frames));
    expect(sink.calls).toHaveLength(10);
    protocol.resume();
    expect(sink.calls).toHaveLength(20);
    protocol.resume();
    expect(sink.calls.map(([, payload]) => Number.parseInt(String(payload), 16))).toEqual(
      frames.map((_, index) => index),
    );
    expect(protocol.pending).toBe(false);
  });
});
