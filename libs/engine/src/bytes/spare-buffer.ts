/** How much longer than what it is for a buffer may be. */
const AHEAD = 4;
/** A larger buffer is not kept. */
const UP_TO = 4 * 1024 * 1024;
/** A smaller one is as cheap to make. */
const FROM = 64 * 1024;
/** One for a text that comes and one for its answer. */
const COUNT = 2;

// Buffers of large texts that nobody has any more: memory that the process has already, where a new one
// of a megabyte is hundreds of pages that the system has to provide first.
const spares: Buffer[] = [];

/**
 * A spare buffer of at least `size` bytes, for something of about `expected` bytes; or null. Its bytes are
 * those of another message: they must all be written before anything is read or handed on.
 */
export function takeSpare(size: number, expected: number): Buffer | null {
  for (let at = 0; at < spares.length; at++) {
    const found = spares[at]!;
    if (found.length < size || found.length > AHEAD * expected) continue;
    spares.splice(at, 1);
    return found;
  }
  return null;
}

/** Gives memory to a later text. @param bytes all of a buffer of its own, or a part; not used any more */
export function giveSpare(bytes: Buffer): void {
  const { buffer } = bytes;
  const size = buffer.byteLength;
  if (size < FROM || size > UP_TO) return;
  if (spares.length === COUNT) {
    const smallest = spares[0]!.length <= spares[1]!.length ? 0 : 1;
    if (spares[smallest]!.length >= size) return;
    spares.splice(smallest, 1);
  }
  spares.push(Buffer.from(buffer as ArrayBuffer));
}
