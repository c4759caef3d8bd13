import { copyBytes } from './copy-bytes.js';
import { pageMemory } from './page-memory.js';

/** Below this many bytes a buffer of their own is as cheap. */
const FROM = 32 * 1024;
/** As much as one read brings. */
const SIZE = 256 * 1024;
/** As many connections may have such memory at a time, 6 MiB of it; the others have buffers of their own. */
const COUNT = 24;

// Whoever sends more than its share of a turn has some of each read held, every few milliseconds: as new
// buffers these would be most of what is allocated.
const spares: Buffer[] = [];
let made = 0;
let used = false;

/** A copy of `bytes[start, end)`, to be given back with `giveBack`. */
export function holdBytes(bytes: Buffer, start: number, end: number): Buffer {
  const length = end - start;
  const memory = length < FROM || length > SIZE ? null : takeMemory();
  if (memory === null) return copyBytes(bytes, start, end);
  memory.set(bytes.subarray(start, end));
  return memory.subarray(0, length);
}

/** Nothing refers any more to what `holdBytes` returned. @param held it, or a part of it */
export function giveBack({ buffer }: Buffer): void {
  if (owned.has(buffer)) spares.push(Buffer.from(buffer as ArrayBuffer));
}

/** Gives the system back what nobody has needed since it was last called. @returns whether nothing is left of it */
export function releaseSpares(): boolean {
  if (!used) {
    made -= spares.length;
    spares.length = 0;
  }
  used = false;
  return made === 0;
}

const owned = new WeakSet<ArrayBufferLike>();

function takeMemory(): Buffer | null {
  used = true;
  const spare = spares.pop();
  if (spare !== undefined) return spare;
  if (made === COUNT) return null;
  made++;
  const memory = pageMemory(SIZE);
  owned.add(memory.buffer);
  return memory;
}
