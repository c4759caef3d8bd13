import * as fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { closeReason, isSendableCloseCode } from '#engine';
import { closePayload } from '../../libs/engine/src/protocol/close-payload.js';
import { readCloseFrame } from '../../libs/engine/src/protocol/close-frame.js';
import { encodeFrame, writeTextFrame } from '../../libs/engine/src/protocol/frame-encoder.js';
import { FIN, headerLength } from '../../libs/engine/src/protocol/frame-header.js';
import { ProtocolError } from '../../libs/engine/src/protocol/errors.js';
import {
  firstImpossibleByte,
  naiveIsUtf8,
} from '../../libs/engine/src/testing-fixtures/naive-utf8.js';
import {
  naiveMask,
  rawFrame,
  readRawFrames,
} from '../../libs/engine/src/testing-fixtures/raw-frame.js';
import { receiver } from '../../libs/engine/src/testing-fixtures/receive.js';
import { recover } from '../../libs/hub/src/history/recovery.js';

const key = fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { nil: undefined });
const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const bytes = fc.uint8Array({ maxLength: 300 }).map((one) => Buffer.from(one));
const mask = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
const cuts = fc.array(fc.nat(40), { maxLength: 12 });

/** The pieces of these lengths, and the rest. */
function cut(whole: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(whole.subarray(at, at + length));
    at = Math.min(whole.length, at + length);
  }
  return [...pieces, whole.subarray(at)];
}

describe('frames that are written', () => {
  it('are read as they were meant, by the obvious reader and by the engine', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 9, 10), text, key, (opcode, said, maskingKey) => {
        const payload = Buffer.from(said).subarray(0, 125 - 3);
        const whole = naiveIsUtf8(payload) ? payload : Buffer.from('x');
        const frame = encodeFrame(opcode, whole, maskingKey);
        expect(readRawFrames(frame)).toMatchObject([
          { fin: true, rsv: 0, opcode, masked: maskingKey !== undefined, payload: whole },
        ]);
        const { protocol, sink } = receiver(maskingKey === undefined ? 'client' : 'server');
        protocol.receive(frame);
        expect(sink.calls.map(([, detail]) => detail)).toEqual([whole.toString('hex')]);
      }),
    );
  });

  it('are the same from text as from its bytes', () => {
    fc.assert(
      fc.property(text, key, (said, maskingKey) => {
        const payload = Buffer.from(said);
        const room = headerLength(payload.length, maskingKey !== undefined) + payload.length;
        const written = Buffer.alloc(room);
        expect(writeTextFrame(written, 0, FIN | 1, said, payload.length, maskingKey)).toBe(room);
        expect(written).toEqual(encodeFrame(1, payload, maskingKey));
      }),
    );
  });
});

describe('messages in fragments', () => {
  it('are put together whatever the fragments, the chunks and the pings between', () => {
    fc.assert(
      fc.property(fc.boolean(), text, cuts, cuts, mask, (isText, said, fragments, chunks, by) => {
        const whole = Buffer.from(said);
        const pieces = cut(whole, fragments);
        const frames = pieces.flatMap((payload, index) => [
          rawFrame({
            opcode: index > 0 ? 0 : isText ? 1 : 2,
            fin: index === pieces.length - 1,
            payload,
            mask: by,
          }),
          rawFrame({ opcode: 9, payload: String(index), mask: by }),
        ]);
        const { protocol, sink } = receiver();
        for (const chunk of cut(Buffer.concat(frames), chunks))
          protocol.receive(Buffer.from(chunk));
        const heard = sink.calls.filter(([name]) => name !== 'ping');
        expect(heard).toEqual([[isText ? 'text' : 'binary', whole.toString('hex')]]);
        expect(sink.calls).toHaveLength(pieces.length + 1);
        expect(protocol.heldBytes).toBe(0);
      }),
    );
  });

  it('of text are refused at the first byte that no text can have, and not before', () => {
    const broken = fc
      .tuple(text, bytes, text)
      .map(([before, wrong, after]) =>
        Buffer.concat([Buffer.from(before), wrong.subarray(0, 6), Buffer.from(after)]),
      );
    fc.assert(
      fc.property(broken, cuts, mask, (whole, fragments, by) => {
        const { protocol, sink } = receiver();
        const wrong = firstImpossibleByte(whole);
        const pieces = cut(whole, fragments);
        let seen = 0;
        for (const [index, payload] of pieces.entries()) {
          const fin = index === pieces.length - 1;
          protocol.receive(rawFrame({ opcode: index === 0 ? 1 : 0, fin, payload, mask: by }));
          seen += payload.length;
          const refused = fin ? !naiveIsUtf8(whole) : wrong >= 0 && wrong < seen;
          expect(sink.calls.some(([name]) => name === 'violated')).toBe(refused);
          if (refused) return;
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('Close frames', () => {
  it('carry each of the 65,536 codes as RFC 6455 7.4 has it', () => {
    const wrong: number[] = [];
    for (let code = 0; code < 65_536; code++) {
      const defined = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
      const allowed = defined || (code >= 3000 && code <= 4999);
      const frame = readCloseFrame(Buffer.from([code >> 8, code & 255]), true);
      const taken = !(frame instanceof ProtocolError) && frame.code === code;
      if (taken !== allowed || isSendableCloseCode(code) !== allowed) wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });

  it('are read as they were meant, the reason cut between characters where it is too long', () => {
    const code = fc.oneof(fc.integer({ min: 3000, max: 4999 }), fc.constantFrom(1000, 1001, 1013));
    fc.assert(
      fc.property(code, text, (given, said) => {
        const reason = closeReason(said);
        expect(said.startsWith(reason)).toBe(true);
        expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
        if (reason !== said) expect(Buffer.byteLength(reason)).toBeGreaterThan(119);
        const payload = closePayload(given, reason);
        expect(readCloseFrame(payload, true)).toEqual({ code: given, reason });
      }),
    );
  });

  it('are masked and unmasked byte by byte, wherever the payload starts', () => {
    fc.assert(
      fc.property(bytes, mask, (payload, by) => {
        expect(naiveMask(naiveMask(payload, by), by)).toEqual(payload);
        const [frame] = readRawFrames(rawFrame({ opcode: 2, payload, mask: by }));
        const { protocol, sink } = receiver();
        protocol.receive(rawFrame({ opcode: 2, payload, mask: by }));
        expect(sink.calls).toEqual([['binary', frame!.payload.toString('hex')]]);
      }),
    );
  });
});

describe('recovery', () => {
  it('gives exactly what was missed, or the plain word that some of it is lost', () => {
    const settings = fc.record({
      kept: fc.integer({ min: 1, max: 8 }),
      published: fc.nat(20),
      since: fc.integer({ min: 0, max: 20 }),
      latest: fc.nat(10),
      sameEpoch: fc.boolean(),
    });
    fc.assert(
      fc.property(settings, ({ kept, published, since, latest, sameEpoch }) => {
        const offsets = Array.from({ length: Math.min(kept, published) }, (_, index) => {
          return published - Math.min(kept, published) + index + 1;
        });
        const messages = offsets.map((offset) => {
          return { offset, event: 'e', data: offset, time: 0, size: 1 };
        });
        const page = { epoch: 'now', offset: published, messages };
        const position = { epoch: sameEpoch ? 'now' : 'then', offset: since };
        const join = () => recover('room', { since: position, latest }, page, false);
        if (sameEpoch && since > published) {
          expect(join).toThrow('past the newest');
          return;
        }
        const found = join();
        const given = found.messages.map(({ offset }) => offset);
        const missed = Array.from({ length: published }, (_, index) => index + 1).slice(since);
        const whole = sameEpoch && missed.every((offset) => offsets.includes(offset));
        expect(found.joined).toEqual({
          room: 'room',
          epoch: 'now',
          offset: published,
          count: given.length,
          recovered: whole,
        });
        expect(given).toEqual(whole ? missed : latest === 0 ? [] : offsets.slice(-latest));
      }),
      { numRuns: 500 },
    );
  });
});
