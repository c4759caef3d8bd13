/** The two heads of arrays that may announce more than 15 elements. */
const ARRAY_16 = 0xdc;
const ARRAY_32 = 0xdd;
const FIRST_SIZED = 0xc0;
/** Bytes from which on short arrays in each other make a difference, too. */
const LARGE = 64 * 1024;

/** By head from 0xc0 on: bytes that state a length or a count. */
const LENGTH_BYTES = [
  0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4,
];
/** By head from 0xc0 on: bytes of the value beside those that its length states. */
const FIXED_BYTES = [
  0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0, 0, 0, 0, 0,
];

/**
 * Whether arrays of a MessagePack message announce more elements than there are bytes left. The decoder
 * makes an array as long as announced before it reads the first element: five bytes for 256 MiB. Only
 * messages that are large or can hold a long array are looked through, without making anything.
 */
export function announcesTooMuch(bytes: Uint8Array): boolean {
  const suspect = bytes.length >= LARGE || bytes.includes(ARRAY_16) || bytes.includes(ARRAY_32);
  return suspect && !fits(bytes);
}

/** Counts the values that are still to come: each takes a byte at least. */
function fits(bytes: Uint8Array): boolean {
  let position = 0;
  for (let awaited = 1; awaited > 0; awaited--) {
    if (awaited > bytes.length - position) return false;
    const head = bytes[position++] ?? 0;
    if (head < 0x80 || head >= 0xe0) continue;
    if (head < 0x90) awaited += (head & 0x0f) * 2;
    else if (head < 0xa0) awaited += head & 0x0f;
    else if (head < FIRST_SIZED) position += head & 0x1f;
    else {
      const lengthBytes = LENGTH_BYTES[head - FIRST_SIZED] ?? 0;
      let length = 0;
      for (let index = 0; index < lengthBytes; index++) {
        length = length * 256 + (bytes[position++] ?? 0);
      }
      if (head < ARRAY_16) position += length + (FIXED_BYTES[head - FIRST_SIZED] ?? 0);
      else awaited += head <= ARRAY_32 ? length : length * 2;
    }
  }
  return true;
}
