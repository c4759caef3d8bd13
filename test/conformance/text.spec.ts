import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstImpossibleByte } from '../../libs/engine/src/testing-fixtures/naive-utf8.js';
import { framesTo } from '../../libs/engine/src/testing-fixtures/receive.js';
import { closeAll } from './support/cleanup.js';
import { EVERY_END, Ends } from './support/ends.js';

afterAll(closeAll);

/** The edges of RFC 3629, from the inside. */
const VALID = [
  '',
  'a',
  '\u0000',
  '\u007f\u0080',
  '\u07ff\u0800',
  '\ud7ff\ue000',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
  'κόσμε',
  '🎉🎉',
];

/** And from the outside, each in the middle of good text. */
const INVALID = [
  'ff',
  'fe',
  '80',
  'bf',
  'c0af',
  'c1bf',
  'e08080',
  'e09fbf',
  'f0808080',
  'f08fbfbf',
  'eda080',
  'edbfbf',
  'f4908080',
  'f5808080',
  'f8888080 80',
  'fc84808080 80',
  'c3',
  'e282',
  'f09f8e',
  'c328',
  'e228a1',
  'f0288cbc',
].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe.each(EVERY_END)('D. text, $role, $mode', ({ role, compressed, http }) => {
  let ends: Ends;

  beforeAll(async () => {
    ends = await Ends.create(role, compressed, {}, http);
  });

  it('69. A text message is valid UTF-8, however it is cut', async () => {
    const good = await ends.open();
    for (const text of VALID) {
      const cuts = Array.from({ length: Buffer.byteLength(text) }, (_, index) => index + 1);
      good.peer.send(...(await good.message(1, text)), ...(await good.message(1, text, cuts)));
    }
    const texts = (await good.heard.atLeast(2 * VALID.length)).map(([, text]) => text);
    expect(texts).toEqual(VALID.flatMap((text) => [text, text]));
    for (const bytes of INVALID) {
      for (const after of ['', ' and more']) {
        const payload = Buffer.concat([Buffer.from('grüße '), bytes, Buffer.from(after)]);
        for (const cuts of [[], [7], [9], [10], [8, 9, 10, 11]]) {
          const end = await ends.open();
          end.peer.send(...(await end.message(1, payload, cuts)));
          expect((await end.peer.said()).slice(0, 2)).toEqual([8, 1007]);
          expect(end.heard.words).toEqual([['error', 'WS_ERR_INVALID_UTF8']]);
          await end.peer.destroy();
        }
      }
    }
  });

  it('70. It fails at the first impossible byte, before the message is complete', async () => {
    for (const bytes of INVALID) {
      const payload = Buffer.concat([Buffer.from('grüße '), bytes, Buffer.from('..........')]);
      const impossible = firstImpossibleByte(payload);
      // In the middle of a frame whose rest never comes.
      const frame = framesTo(role, { opcode: 1, payload });
      const header = frame.length - payload.length;
      const cut = await ends.open();
      cut.peer.write(frame.subarray(0, header + impossible));
      cut.peer.write(frame.subarray(header + impossible, header + impossible + 1));
      expect((await cut.peer.said()).slice(0, 2)).toEqual([8, 1007]);
      await cut.peer.destroy();
      // In a fragment that is not the last.
      const fragment = await ends.open();
      const [whole] = await fragment.message(1, payload);
      fragment.peer.send({ ...whole!, fin: false });
      expect((await fragment.peer.said()).slice(0, 2)).toEqual([8, 1007]);
      await fragment.peer.destroy();
    }
  });

  it('71. What it sends as text is valid UTF-8', async () => {
    const { ws, peer } = await ends.open();
    for (const bytes of INVALID) {
      expect(() => ws.send(bytes, { binary: false })).toThrow('not valid UTF-8');
    }
    ws.send(Buffer.from('grüße'), { binary: false, compress: false });
    ws.send('lone \ud800 surrogate', { compress: false });
    expect(await peer.said()).toEqual([1, 'grüße']);
    expect(await peer.said()).toEqual([1, 'lone \ufffd surrogate']);
    ws.send(Buffer.from([0xe2]), { binary: false, fin: false });
    expect(() => ws.send(Buffer.from([0x28]), { binary: false })).toThrow('not valid UTF-8');
  });
});
