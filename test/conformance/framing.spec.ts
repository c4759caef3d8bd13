import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rawFrame, type RawFrame } from '../../libs/engine/src/testing-fixtures/raw-frame.js';
import { frameTo, framesTo } from '../../libs/engine/src/testing-fixtures/receive.js';
import { closeAll } from './support/cleanup.js';
import { EVERY_END, Ends, segmentations, type End } from './support/ends.js';
import { expectFailure } from './support/failure.js';

afterAll(closeAll);

const CONTROL = [8, 9, 10];

/** Some of every kind of frame, as the engine sends them. */
async function sentFrames({ ws, peer }: End) {
  ws.send('text');
  ws.send(Buffer.alloc(300));
  ws.send('');
  ws.send(Buffer.alloc(70_000));
  ws.send('frag', { fin: false });
  ws.send('ment');
  ws.ping('ping');
  ws.pong('pong');
  ws.close(1000, 'bye');
  return peer.frames(9);
}

describe.each(EVERY_END)('D. framing, $role, $mode', ({ role, compressed, http }) => {
  let ends: Ends;

  beforeAll(async () => {
    ends = await Ends.create(role, compressed, { maxPayload: 100_000 }, http);
  });

  const fails = (frames: Buffer | RawFrame[], code: number, error: string) =>
    expectFailure(ends, Buffer.isBuffer(frames) ? frames : framesTo(role, ...frames), code, error);

  if (role === 'client') {
    it('47. Client masks every frame', async () => {
      const frames = await sentFrames(await ends.open());
      expect(frames.map(({ masked }) => masked)).toEqual(frames.map(() => true));
    });

    it('49. Client closes on a masked frame', async () => {
      const mask = [1, 2, 3, 4];
      for (const opcode of [1, 2, 9, 10]) {
        await fails(rawFrame({ opcode, payload: 'x', mask }), 1002, 'WS_ERR_UNEXPECTED_MASK');
      }
      await fails(rawFrame({ opcode: 1, mask: [0, 0, 0, 0] }), 1002, 'WS_ERR_UNEXPECTED_MASK');
    });

    it('55. Each frame has a fresh masking key, from all of the key space', async () => {
      const { ws, peer } = await ends.open();
      for (let count = 0; count < 500; count++) ws.ping();
      const keys = (await peer.frames(500)).map(({ mask }) => Buffer.from(mask!).toString('hex'));
      expect(new Set(keys).size).toBe(500);
      // Each of the 32 bits is set in about half of the keys: 250, give or take 6 deviations.
      for (let bit = 0; bit < 32; bit++) {
        const set = keys.filter((key) => (parseInt(key, 16) >>> bit) & 1).length;
        expect(Math.abs(set - 250)).toBeLessThan(70);
      }
    });
  } else {
    it('48. Server closes on an unmasked frame', async () => {
      for (const opcode of [1, 2, 9, 10]) {
        await fails(rawFrame({ opcode, payload: 'x' }), 1002, 'WS_ERR_EXPECTED_MASK');
      }
      await fails(rawFrame({ opcode: 8 }), 1002, 'WS_ERR_EXPECTED_MASK');
    });

    it('49. Server masks no frame', async () => {
      const frames = await sentFrames(await ends.open());
      expect(frames.map(({ masked }) => masked)).toEqual(frames.map(() => false));
    });
  }

  it('50. Reserved bits without an extension that gives them a meaning fail', async () => {
    for (const rsv of [1, 2, 3, 4, 5, 6, 7]) {
      for (const opcode of [1, 2]) {
        if (rsv === 4 && compressed) continue;
        const error = rsv === 4 ? 'WS_ERR_UNEXPECTED_RSV_1' : 'WS_ERR_UNEXPECTED_RSV_2_3';
        await fails([{ opcode, rsv, payload: 'x' }], 1002, error);
      }
    }
  });

  it('51. Unknown opcodes fail', async () => {
    for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
      for (const fin of [true, false]) {
        await fails([{ opcode, fin, payload: 'x' }], 1002, 'WS_ERR_INVALID_OPCODE');
      }
    }
  });

  it('52. Deviation: lengths in more bytes than needed are accepted, and refused on request', async () => {
    const long: RawFrame[] = [
      { opcode: 1, payload: 'short', lengthBits: 16 },
      { opcode: 1, payload: 'short', lengthBits: 64 },
      { opcode: 1, payload: 'x'.repeat(200), lengthBits: 64 },
    ];
    const { peer, heard, ws } = await ends.open();
    peer.send(...long);
    const texts = (await heard.atLeast(3)).map(([, text]) => text);
    expect(texts).toEqual(['short', 'short', 'x'.repeat(200)]);
    const strict = await Ends.create(role, compressed, { requireMinimalLength: true }, http);
    for (const frame of long) {
      const bytes = framesTo(role, frame).subarray(0, role === 'server' ? 14 : 10);
      await expectFailure(strict, bytes, 1002, 'WS_ERR_NON_MINIMAL_LENGTH');
    }
    // What it sends itself is minimal: the length field by the length.
    for (const [length, bytes] of [
      [0, 0],
      [125, 0],
      [126, 2],
      [65_535, 2],
      [65_536, 8],
    ] as const) {
      ws.send(Buffer.alloc(length), { compress: false });
      while (peer.bytes.length < 2) await turn();
      const field = peer.bytes[1]! & 127;
      expect(field === 127 ? 8 : field === 126 ? 2 : 0).toBe(bytes);
      await peer.frame();
    }
  });

  it('53. A 64-bit length with its highest bit set fails', async () => {
    for (const declaredLength of [2n ** 63n, 2n ** 64n - 1n, 2n ** 63n + 5n]) {
      const frame = { opcode: 2, declaredLength, lengthBits: 64 } as const;
      await fails([frame], 1009, 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH');
    }
  });

  it('54. A message over the limit fails before its payload arrives', async () => {
    const frame = { opcode: 2, declaredLength: 100_001n } as const;
    await fails([frame], 1009, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH');
    const { peer, heard } = await ends.open();
    peer.send({ opcode: 2, fin: false, payload: Buffer.alloc(60_000) });
    peer.send({ opcode: 0, declaredLength: 40_001n });
    expect((await peer.said()).slice(0, 2)).toEqual([8, 1009]);
    expect(heard.words).toEqual([['error', 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH']]);
    const exact = await ends.open();
    exact.peer.send({ opcode: 2, payload: Buffer.alloc(100_000) });
    expect((await exact.heard.atLeast(1))[0]![0]).toBe('binary');
  });

  it('56. Control frames have at most 125 bytes and are not fragmented', async () => {
    for (const opcode of CONTROL) {
      const long = { opcode, payload: Buffer.alloc(126) };
      // Judged by the length field, before the length itself is there.
      await fails(
        frameTo(role, long).subarray(0, 2),
        1002,
        'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
      );
      await fails([{ opcode, fin: false }], 1002, 'WS_ERR_EXPECTED_FIN');
    }
    const { peer, heard, ws } = await ends.open();
    peer.send({ opcode: 9, payload: 'x'.repeat(125) });
    expect((await heard.atLeast(1))[0]).toEqual(['ping', 'x'.repeat(125)]);
    expect(() => ws.ping('x'.repeat(126))).toThrow(RangeError);
    expect(() => ws.close(1000, 'x'.repeat(124))).toThrow(RangeError);
  });

  it('57. Control frames inside a fragmented message are handled at once', async () => {
    const end = await ends.open();
    const frames = await end.message(1, 'in three parts', [4, 8]);
    for (const [index, frame] of frames.entries()) {
      end.peer.send(frame);
      if (index === frames.length - 1) break;
      end.peer.send({ opcode: 10, payload: 'pong' }, { opcode: 9, payload: `${index}` });
      expect(await end.peer.said()).toEqual([10, `${index}`]);
    }
    await end.heard.atLeast(5);
    expect(end.heard.of('text')).toEqual([['text', 'in three parts']]);
    expect(end.heard.words.at(-1)![0]).toBe('text');
  });

  it('58. Fragments of two messages must not mix', async () => {
    const start = { opcode: 1, fin: false, payload: 'x' };
    for (const opcode of [1, 2]) {
      await fails([start, { opcode, payload: 'y' }], 1002, 'WS_ERR_INVALID_OPCODE');
      await fails([start, { opcode, fin: false }], 1002, 'WS_ERR_INVALID_OPCODE');
    }
    for (const fin of [true, false]) {
      await fails([{ opcode: 0, fin, payload: 'x' }], 1002, 'WS_ERR_INVALID_OPCODE');
    }
    const end = await ends.open();
    end.peer.send(...(await end.message(1, 'whole', [2])), { opcode: 0, payload: 'stray' });
    expect((await end.peer.said()).slice(0, 2)).toEqual([8, 1002]);
    expect(end.heard.of('text')).toEqual([['text', 'whole']]);
  });

  it('59. Fragments may be empty', async () => {
    const end = await ends.open();
    end.peer.send(...(await end.message(1, 'text', [0, 0, 2, 2, 4])));
    end.peer.send(...(await end.message(2, '', [0, 0])));
    end.peer.send({ opcode: 1, fin: false }, { opcode: 0, fin: false }, { opcode: 0 });
    expect(await end.heard.atLeast(3)).toEqual([
      ['text', 'text'],
      ['binary', ''],
      ['text', ''],
    ]);
  });

  it('60. Messages arrive whole, and in fragments cut anywhere', async () => {
    const text = 'grüße 🎉 in fragments';
    const end = await ends.open();
    const length = Buffer.byteLength(text);
    let sent = 0;
    for (let at = 0; at <= length; at++) {
      end.peer.send(...(await end.message(1, text, [at])));
      end.peer.send(...(await end.message(2, text, [at, Math.min(length, at + 3)])));
      sent += 2;
    }
    const each = Array.from({ length }, (_, index) => index + 1);
    end.peer.send(...(await end.message(1, text, each)));
    const words = await end.heard.atLeast(sent + 1);
    const hex = Buffer.from(text).toString('hex');
    expect(words.filter(([what, said]) => said === (what === 'text' ? text : hex))).toHaveLength(
      sent + 1,
    );
  });

  it('61. TCP may cut the stream anywhere', async () => {
    const end = await ends.open();
    const streams = async () =>
      end.peer.encode(
        ...(await end.message(1, 'größer als ein Byte')),
        { opcode: 9, payload: 'ping' },
        ...(await end.message(2, Buffer.alloc(130, 1), [3, 3])),
      );
    let count = 0;
    const cuts = segmentations(await streams());
    for (let index = 1; index <= cuts.length; index++) {
      // Compressed messages differ with their history, so each round has a stream of its own.
      const bytes = index === 1 ? Buffer.concat(cuts[0]!) : await streams();
      const pieces = segmentations(bytes);
      await end.peer.trickle(pieces[(index - 1) % pieces.length]!);
      count += 3;
    }
    await end.heard.atLeast(count);
    expect(end.heard.of('text')).toHaveLength(count / 3);
    expect(end.heard.of('binary')).toHaveLength(count / 3);
    expect(end.heard.of('error')).toEqual([]);
  });

  it('62. Frames in the segment of the handshake are not lost', async () => {
    const bytes = framesTo(role, { opcode: 1, payload: 'one' }, { opcode: 1, payload: 'two' });
    for (let length = 1; length <= bytes.length; length++) {
      const end = await ends.open(bytes.subarray(0, length));
      end.peer.write(bytes.subarray(length));
      const texts = (await end.heard.atLeast(2)).filter(([what]) => what === 'text');
      expect(texts).toEqual([
        ['text', 'one'],
        ['text', 'two'],
      ]);
      await end.peer.destroy();
    }
  });

  it('63. A ping is answered by a pong with the same payload, unless Close was received', async () => {
    const { peer, ws } = await ends.open();
    for (let length = 0; length <= 125; length++) {
      const payload = Buffer.alloc(length, length);
      peer.send({ opcode: 9, payload });
      const { opcode, payload: echoed, fin, rsv } = await peer.frame();
      expect([opcode, fin, rsv, echoed.equals(payload)]).toEqual([10, true, 0, true]);
    }
    peer.send({ opcode: 8 }, { opcode: 9, payload: 'late' });
    expect(await peer.said()).toEqual([8]);
    peer.end();
    expect(await peer.framesToEnd()).toEqual([]);
    expect(ws.readyState).toBeGreaterThanOrEqual(2);
  });

  it('64. A pong nobody asked for is ignored', async () => {
    const { peer, heard } = await ends.open();
    peer.send({ opcode: 10 }, { opcode: 10, payload: 'x' }, { opcode: 9, payload: 'still open' });
    expect(await peer.said()).toEqual([10, 'still open']);
    expect(heard.words).toEqual([
      ['pong', ''],
      ['pong', 'x'],
      ['ping', 'still open'],
    ]);
  });
});
