/** The first of the two heads of arrays that may announce more than 15 elements. */
const ARRAY_16 = 0xdc;
const ARRAY_32 = 0xdd;
const FIRST_SIZED = 0xc0;

/** By head from 0xc0 on: bytes that state a length or a count. */
const LENGTH_BYTES = [
  0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4,
];
/** By head from 0xc0 on: bytes of the value beside those that its length states. */
const FIXED_BYTES = [
  0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0, 0, 0, 0, 0,
];

/** Values still to come at each level above the present one. Shared: a message is looked through in one go. */
const above: number[] = [];

/**
 * Looks through a MessagePack message before it is decoded, without making anything. The decoder makes an
 * array as long as announced before it reads the first element: five bytes for 256 MiB.
 *
 * - `sound`: nothing to say
 * - `long`: more values are announced than there are bytes left
 * - `deep`: arrays and maps stand in each other more than `maxDepth` levels deep
 *
 * A message of so few bytes that it could not be deep is only searched for the heads of long arrays.
 */
export function inspectMsgpack(bytes: Uint8Array, maxDepth: number): 'sound' | 'long' | 'deep' {
  const suspect = bytes.length > maxDepth || bytes.includes(ARRAY_16) || bytes.includes(ARRAY_32);
  return suspect ? walk(bytes, maxDepth) : 'sound';
}

function walk(bytes: Uint8Array, maxDepth: number): 'sound' | 'long' | 'deep' {
  let position = 0;
  let depth = 0;
  // Of this level, and of all: each value takes a byte at least.
  let here = 1;
  let awaited = 1;
  while (awaited > 0) {
    if (awaited > bytes.length - position) return 'long';
    while (here === 0) here = above[--depth] ?? 0;
    here--;
    awaited--;
    const head = bytes[position++] ?? 0;
    if (head < 0x80 || head >= 0xe0) continue;
    let children = -1;
    if (head < 0x90) children = (head & 0x0f) * 2;
    else if (head < 0xa0) children = head & 0x0f;
    else if (head < FIRST_SIZED) position += head & 0x1f;
    else {
      const lengthBytes = LENGTH_BYTES[head - FIRST_SIZED] ?? 0;
      let length = 0;
      for (let index = 0; index < lengthBytes; index++) {
        length = length * 256 + (bytes[position++] ?? 0);
      }
      if (head < ARRAY_16) position += length + (FIXED_BYTES[head - FIRST_SIZED] ?? 0);
      else children = head <= ARRAY_32 ? length : length * 2;
    }
    if (children < 0) continue;
    if (depth >= maxDepth) return 'deep';
    if (children === 0) continue;
    above[depth++] = here;
    here = children;
    awaited += children;
  }
  return 'sound';
}
