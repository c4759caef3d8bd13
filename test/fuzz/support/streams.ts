import { constants, deflateRawSync } from 'node:zlib';
import type { Random } from '../../support/random.js';
import { rawClosePayload, rawFrame } from '../../../libs/engine/src/testing-fixtures/raw-frame.js';

const TEXTS = ['', 'a', 'Hello', 'ünïcödé', '€', '😀😀', '{"event":"x","data":1}', '\u0000'];

/** Where a header or an output changes its form, the long ones seldom. */
const LENGTHS = [125, 125, 126, 126, 127, 127, 128, 1000, 5000, 65_535, 65_536];

/** A payload, mostly of text, small or at a length where the header changes. */
export function payloadOf(random: Random): Buffer {
  switch (random.below(8)) {
    case 0:
    case 1:
      return random.bytes(random.below(40));
    case 2:
      return Buffer.alloc(random.pick(LENGTHS), random.pick(TEXTS) || 'x');
    default:
      return Buffer.from(random.pick(TEXTS).repeat(random.between(1, 5)));
  }
}

/** A message as permessage-deflate has it on the wire. */
export function deflated(payload: Buffer, random: Random): Buffer {
  const level = random.pick([0, 1, 9]);
  const strategy = random.pick([constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_RLE]);
  const finishFlush = random.pick([constants.Z_SYNC_FLUSH, constants.Z_FULL_FLUSH]);
  const bytes = deflateRawSync(payload, { level, strategy, finishFlush });
  return bytes.subarray(0, -4);
}

/** Frames that follow each other as they should, as one end sends them. */
export function frameStream(random: Random, masked: boolean, compressed: boolean): Buffer {
  const frames: Buffer[] = [];
  const add = (opcode: number, payload: Buffer, fin = true, rsv = 0): void => {
    const mask = masked ? [...random.bytes(4)] : undefined;
    frames.push(rawFrame({ opcode, payload, fin, rsv, mask }));
  };
  for (let count = random.between(1, 8); count > 0; count--) {
    const packed = compressed && random.chance(0.6);
    const payload = payloadOf(random);
    const opcode = random.pick([1, 2]);
    const bytes = packed ? deflated(payload, random) : payload;
    const cuts = random.chance(0.5) ? [bytes.length] : random.cuts(bytes.length).slice(0, 12);
    let at = 0;
    for (const [index, size] of cuts.entries()) {
      const last = index === cuts.length - 1;
      const piece = last ? bytes.subarray(at) : bytes.subarray(at, at + size);
      add(index === 0 ? opcode : 0, piece, last, index === 0 && packed ? 4 : 0);
      at += size;
      if (random.chance(0.1)) add(random.pick([9, 10]), random.bytes(random.below(126)));
    }
  }
  if (random.chance(0.4)) {
    const code = random.pick([
      1000, 1001, 1003, 1005, 1006, 1012, 1014, 1015, 2999, 3000, 4999, 5000,
    ]);
    add(8, random.chance(0.2) ? Buffer.alloc(0) : rawClosePayload(code, random.pick(TEXTS)));
  }
  return Buffer.concat(frames);
}
