import type { Random } from '../../support/random.js';

/** Bytes at which lengths, opcodes, UTF-8 and text formats change their meaning. */
const EDGES = [
  0, 1, 2, 8, 9, 10, 13, 32, 34, 44, 59, 61, 92, 125, 126, 127, 128, 129, 130, 136, 137, 192, 224,
  237, 240, 244, 254, 255,
];
/** Bytes of an input; larger ones find nothing more. */
const MOST = 64 * 1024;

/** `bytes` with one to eight changes; `other` is what pieces may come from. */
export function mutate(bytes: Buffer, other: Buffer, random: Random): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let changes = 1 + random.below(random.pick([1, 2, 8])); changes > 0; changes--) {
    result = change(result, other, random);
  }
  return result.subarray(0, MOST);
}

function change(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const length = Math.min(bytes.length - at, random.pick([1, 2, 4, 16, 200]));
  const splice = (piece: Uint8Array, removed: number): Buffer =>
    Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + removed)]);
  switch (random.below(8)) {
    case 0:
      return splice(Buffer.from([(bytes[at] ?? 0) ^ (1 << random.below(8))]), 1);
    case 1:
      return splice(Buffer.from([random.pick(EDGES)]), 1);
    case 2:
      return splice(random.bytes(length), length);
    case 3:
      return splice(Buffer.alloc(0), length);
    case 4:
      return splice(Buffer.from([random.pick(EDGES)]), 0);
    case 5: {
      const piece = bytes.subarray(at, at + length);
      return splice(Buffer.concat(Array<Buffer>(random.pick([1, 2, 30])).fill(piece)), 0);
    }
    case 6: {
      const from = random.below(other.length + 1);
      return splice(other.subarray(from, from + random.pick([1, 4, 16, 200])), 0);
    }
    default:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length + 1))]);
  }
}
