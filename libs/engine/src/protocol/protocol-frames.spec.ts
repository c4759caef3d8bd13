import { describe, expect, it } from '@jest/globals';
import { DEFAULT_LIMITS, type TransportLimits } from './limits.js';
import { Protocol, type Role } from './protocol.js';
import { RecordingSink } from '../testing-fixtures/recording-sink.js';
import { frameTo, framesTo, receiveBytewise } from '../testing-fixtures/receive.js';

type Frame = readonly [fin: boolean, rsv: number, opcode: number, payload: string];

class FrameSink extends RecordingSink {
  readonly frames: Frame[] = [];

  frameReceived(fin: boolean, rsv: number, opcode: number, payload: Buffer): void {
    this.frames.push([fin, rsv, opcode, payload.toString()]);
  }
}

function frameReceiver(
  limits: Partial<TransportLimits> = {},
  role: Role = 'server',
): { readonly protocol: Protocol; readonly sink: FrameSink } {
  const sink = new FrameSink();
  const protocol = new Protocol(role, { ...DEFAULT_LIMITS, ...limits }, sink);
  protocol.handOutFrames();
  return { protocol, sink };
}

const FRAGMENTED = [
  { opcode: 1, fin: false, payload: 'one' },
  { opcode: 9, payload: 'ping' },
  { opcode: 0, fin: false, payload: '' },
  { opcode: 0, payload: 'two' },
  { opcode: 2, payload: 'three' },
];

const HANDED_OUT: Frame[] = [
  [false, 0, 1, 'one'],
  [true, 0, 9, 'ping'],
  [false, 0, 0, ''],
  [true, 0, 0, 'two'],
  [true, 0, 2, 'three'],
];

describe('handing out frames', () => {
  it.each(['server', 'client'] as const)('gives a %s each frame as it came', (role) => {
    const { protocol, sink } = frameReceiver({}, role);
    protocol.receive(framesTo(role, ...FRAGMENTED));
    expect(sink.frames).toEqual(HANDED_OUT);
  });

  it('puts a frame together whatever its segmentation', () => {
    const { protocol, sink } = frameReceiver();
    receiveBytewise(protocol, framesTo('server', ...FRAGMENTED));
    expect(sink.frames).toEqual(HANDED_OUT);
    expect(protocol.heldBytes).toBe(0);
  });

  it('holds the bytes of one frame at most, not of the message', () => {
    const { protocol } = frameReceiver();
    protocol.receive(frameTo('server', { opcode: 2, fin: false, payload: 'x'.repeat(100) }));
    expect(protocol.heldBytes).toBe(0);
    protocol.receive(frameTo('server', { opcode: 0, payload: 'x'.repeat(100) }).subarray(0, 50));
    expect(protocol.heldBytes).toBe(44);
  });

  it('reports control frames as usual, too, and messages not at all', () => {
    const { protocol, sink } = frameReceiver();
    protocol.receive(
      framesTo('server', ...FRAGMENTED, { opcode: 10 }, { opcode: 8, payload: '\x03\xe8' }),
    );
    expect(sink.calls.map(([name]) => name)).toEqual(['ping', 'pong', 'violated']);
  });

  it('reports a Close frame both ways', () => {
    const { protocol, sink } = frameReceiver();
    protocol.receive(frameTo('server', { opcode: 8 }));
    expect(sink.frames).toEqual([[true, 0, 8, '']]);
    expect(sink.calls).toEqual([['close', 1005, '']]);
  });

  it('knows no limit of a message, for nothing of one is held', () => {
    const { protocol, sink } = frameReceiver({ maxPayload: 10, maxFragments: 2 });
    const payload = 'x'.repeat(20);
    protocol.receive(frameTo('server', { opcode: 2, fin: false, payload }));
    for (let count = 0; count < 5; count++) {
      protocol.receive(frameTo('server', { opcode: 0, fin: false, payload }));
    }
    expect(sink.frames).toHaveLength(6);
    expect(sink.calls).toEqual([]);
  });

  it('holds maxFrame before any payload arrives', () => {
    const { protocol, sink } = frameReceiver({ maxFrame: 10 });
    protocol.receive(frameTo('server', { opcode: 2, payload: 'x'.repeat(11) }).subarray(0, 6));
    expect(sink.calls).toEqual([['violated', 1009, 'WS_ERR_FRAME_TOO_BIG']]);
  });

  it('still holds the order of fragments (5.4)', () => {
    for (const frames of [
      [{ opcode: 0 }],
      [{ opcode: 1, fin: false }, { opcode: 2 }],
      [{ opcode: 1, fin: false }, { opcode: 0 }, { opcode: 0 }],
    ]) {
      const { protocol, sink } = frameReceiver();
      protocol.receive(framesTo('server', ...frames));
      expect(sink.calls).toEqual([['violated', 1002, 'WS_ERR_INVALID_OPCODE']]);
      expect(sink.frames).toHaveLength(frames.length - 1);
    }
  });

  it('lets text be cut inside a character, but only if it is UTF-8 as a whole (8.1)', () => {
    const euro = Buffer.from('\u20ac');
    const { protocol, sink } = frameReceiver();
    protocol.receive(
      framesTo(
        'server',
        { opcode: 1, fin: false, payload: euro.subarray(0, 1) },
        { opcode: 0, payload: euro.subarray(1) },
        { opcode: 1, fin: false, payload: euro.subarray(0, 1) },
        { opcode: 0, payload: 'x' },
      ),
    );
    expect(sink.frames).toHaveLength(3);
    expect(sink.calls).toEqual([['violated', 1007, 'WS_ERR_INVALID_UTF8']]);
  });

  it('refuses text that ends inside a character', () => {
    const { protocol, sink } = frameReceiver();
    protocol.receive(frameTo('server', { opcode: 1, payload: Buffer.from([0xe2, 0x82]) }));
    expect(sink.frames).toEqual([]);
    expect(sink.calls).toEqual([['violated', 1007, 'WS_ERR_INVALID_UTF8']]);
  });
});
