import { constants, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { framesTo } from '../../libs/engine/src/testing-fixtures/receive.js';
import {
  ZlibPeer,
  storedBlock,
  textRepeatingAt,
} from '../../libs/engine/src/testing-fixtures/zlib-peer.js';
import { closeAll } from './support/cleanup.js';
import { EVERY_END, Ends, segmentations } from './support/ends.js';
import { expectFailure } from './support/failure.js';

afterAll(closeAll);

const RSV1 = 4;
/** "Hello", compressed (RFC 7692 7.2.3.1). */
const HELLO = Buffer.from('f248cdc9c90700', 'hex');
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe.each(EVERY_END.filter(({ compressed }) => compressed))(
  'E. compressed messages, $role, $mode',
  ({ role, http }) => {
    let ends: Ends;
    let small: Ends;

    beforeAll(async () => {
      ends = await Ends.create(role, true, {}, http);
      small = await Ends.create(role, true, { maxPayload: 10_000 }, http);
    });

    /** What an end makes of messages with these payloads, in every segmentation of their stream. */
    async function heardOf(...payloads: Buffer[]): Promise<unknown[]> {
      const bytes = framesTo(
        role,
        ...payloads.map((payload) => ({ opcode: 1, rsv: RSV1, payload })),
      );
      let result: unknown[] | null = null;
      for (const pieces of segmentations(bytes, 20)) {
        const { peer, heard } = await ends.open();
        await peer.trickle(pieces);
        const words = (await heard.atLeast(payloads.length)).map(([, text]) => text);
        if (result !== null) expect(words).toEqual(result);
        result = words;
        await peer.destroy();
      }
      return result!;
    }

    it('88. RSV1 stands on the first frame of a data message only', async () => {
      const start = { opcode: 1, rsv: RSV1, fin: false, payload: HELLO };
      const error = 'WS_ERR_UNEXPECTED_RSV_1';
      await expectFailure(ends, framesTo(role, start, { opcode: 0, rsv: RSV1 }), 1002, error);
      for (const opcode of [8, 9, 10]) {
        await expectFailure(ends, framesTo(role, { opcode, rsv: RSV1 }), 1002, error);
      }
      for (const rsv of [RSV1 + 1, RSV1 + 2]) {
        const frame = framesTo(role, { opcode: 1, rsv, payload: HELLO });
        await expectFailure(ends, frame, 1002, 'WS_ERR_UNEXPECTED_RSV_2_3');
      }
      // Nor does the end itself set it anywhere else.
      const { ws, peer } = await ends.open();
      ws.send('one', { fin: false });
      ws.send('two');
      ws.ping('ping');
      ws.close(1000);
      const frames = await peer.frames(4);
      expect(frames.slice(1).map(({ rsv }) => rsv)).toEqual([0, 0, 0]);
    });

    it('89. Messages without RSV1 are not compressed, between others that are', async () => {
      const { peer, heard } = await ends.open();
      peer.send(
        { opcode: 1, payload: 'plain' },
        { opcode: 1, rsv: RSV1, payload: HELLO },
        { opcode: 2, payload: HELLO },
        { opcode: 1, rsv: RSV1, payload: hex('f200110000') },
      );
      expect(await heard.atLeast(4)).toEqual([
        ['text', 'plain'],
        ['text', 'Hello'],
        ['binary', HELLO.toString('hex')],
        ['text', 'Hello'],
      ]);
    });

    it('90. 00 00 FF FF is taken off the end of the message, and put back', async () => {
      const { ws, peer } = await ends.open();
      const zlib = new ZlibPeer(15, true);
      for (const length of [0, 1, 100, 10_000, 65_530, 70_000]) {
        const message = textRepeatingAt(999, length);
        ws.send(message);
        const { payload, rsv } = await peer.frame();
        expect([rsv, payload.subarray(-4).toString('hex') === '0000ffff']).toEqual([RSV1, false]);
        expect((await zlib.decompress(payload)).equals(message)).toBe(true);
      }
      // A fragment that ends with the four bytes keeps them: they are in the middle of the message.
      const { peer: other, heard } = await ends.open();
      other.send(
        { opcode: 1, rsv: RSV1, fin: false, payload: hex('f24805000000ffff') },
        { opcode: 0, payload: hex('cac9c90700') },
      );
      expect((await heard.atLeast(1))[0]).toEqual(['text', 'Hello']);
    });

    it('91. A compressed message comes in fragments cut anywhere, empty ones too', async () => {
      const end = await ends.open();
      const text = 'grüße '.repeat(20);
      const [whole] = await end.message(1, text);
      const length = (whole!.payload as Buffer).length;
      end.peer.send(whole!);
      for (let at = 0; at <= length; at++) {
        end.peer.send(...(await end.message(1, text, [at])));
        end.peer.send(...(await end.message(1, text, [at, at, Math.min(at + 1, length)])));
      }
      const words = await end.heard.atLeast(1 + 2 * (length + 1));
      expect(words.every(([what, said]) => what === 'text' && said === text)).toBe(true);
    });

    it('92. An empty message is one empty block, or no byte at all', async () => {
      const { ws, peer } = await ends.open();
      ws.send('');
      const { payload, rsv } = await peer.frame();
      expect([rsv, payload.toString('hex')]).toEqual([RSV1, '00']);
      const empty = Buffer.alloc(0);
      expect(await heardOf(hex('00'), empty, HELLO, empty, hex('0200'), HELLO)).toEqual([
        '',
        '',
        'Hello',
        '',
        '',
        'Hello',
      ]);
    });

    it('93. Several blocks, stored blocks and final blocks are read', async () => {
      const texts = await heardOf(
        hex('f24805000000ffffcac9c90700'),
        hex('000500faff48656c6c6f00'),
        Buffer.concat([storedBlock('Hel'), storedBlock(''), storedBlock('lo'), hex('00')]),
        hex('f348cdc9c9070000'),
        Buffer.concat([storedBlock('Hel', true), storedBlock('lo', true)]),
      );
      expect(texts).toEqual(['Hello', 'Hello', 'Hello', 'Hello', 'Hello']);
    });

    it('94. Messages share a window, also behind a final block', async () => {
      expect(await heardOf(HELLO, hex('f200110000'), hex('f200110000'))).toEqual([
        'Hello',
        'Hello',
        'Hello',
      ]);
      const final = deflateRawSync('final', { finishFlush: constants.Z_FINISH });
      expect(
        await heardOf(
          HELLO,
          final,
          HELLO,
          hex('f200110000'),
          Buffer.concat([final, hex('00')]),
          HELLO,
        ),
      ).toEqual(['Hello', 'final', 'Hello', 'Hello', 'final', 'Hello']);
      const { ws, peer } = await ends.open();
      ws.send(textRepeatingAt(2_000, 2_000));
      const first = (await peer.frame()).payload.length;
      ws.send(textRepeatingAt(2_000, 2_000));
      expect((await peer.frame()).payload.length).toBeLessThan(first / 10);
    });

    it('95. A corrupt message fails', async () => {
      for (const payload of [
        hex('07'),
        hex('000500000048656c6c6f00'),
        hex('f200110000'),
        Buffer.from('{"no":"deflate"}'),
      ]) {
        const frame = framesTo(role, { opcode: 2, rsv: RSV1, payload });
        await expectFailure(ends, frame, 1007, 'WS_ERR_INVALID_COMPRESSED_DATA');
      }
    });

    it('96. The limit is on what is inflated, while it is inflated', async () => {
      const bomb = await new ZlibPeer(15, false).compress(Buffer.alloc(8 * 1024 * 1024));
      const frame = framesTo(role, { opcode: 2, rsv: RSV1, payload: bomb });
      await expectFailure(small, frame, 1009, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH');
      // Before the message is complete.
      const open = framesTo(role, { opcode: 2, rsv: RSV1, fin: false, payload: bomb });
      await expectFailure(small, open, 1009, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH');
      const exact = await small.open();
      exact.peer.send(...(await exact.message(2, Buffer.alloc(10_000))));
      expect((await exact.heard.atLeast(1))[0]![0]).toBe('binary');
      const over = await small.open();
      over.peer.send(...(await over.message(2, Buffer.alloc(10_001), [3])));
      expect((await over.peer.said()).slice(0, 2)).toEqual([8, 1009]);
    });

    it('97. UTF-8 is validated after inflating', async () => {
      for (const bytes of [hex('ff'), hex('c328'), hex('eda080'), hex('e282')]) {
        const payload = await new ZlibPeer(15, false).compress(
          Buffer.concat([Buffer.from('ok '), bytes]),
        );
        const frame = framesTo(role, { opcode: 1, rsv: RSV1, payload });
        await expectFailure(ends, frame, 1007, 'WS_ERR_INVALID_UTF8');
        const { peer, heard } = await ends.open();
        peer.send({ opcode: 2, rsv: RSV1, payload });
        expect((await heard.atLeast(1))[0]![0]).toBe('binary');
      }
    });
  },
);
