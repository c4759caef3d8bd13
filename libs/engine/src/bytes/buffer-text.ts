import { transcode } from 'node:buffer';
import { giveSpare, takeSpare } from './spare-buffer.js';

/**
 * Strings to bytes and back with the encoding fixed. Node's documented `write` and `toString` look
 * the encoding up by name on every call; the methods they then call exist on every Buffer but are
 * not documented, so they are used only where they are found and the documented ones otherwise.
 */
interface BufferMethods {
  latin1Write(text: string, offset: number, length: number): number;
  utf8Write(text: string, offset: number, length: number): number;
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

type Writer = (target: Buffer, text: string, at: number, length: number) => void;
type Reader = (bytes: Buffer, start: number, end: number) => string;

export interface TextMethods {
  readonly writeAscii: Writer;
  readonly writeUtf8: Writer;
  readonly readAscii: Reader;
  readonly readUtf8: Reader;
}

export const documentedMethods: TextMethods = {
  writeAscii: (target, text, at, length) => void target.write(text, at, length, 'latin1'),
  writeUtf8: (target, text, at, length) => void target.write(text, at, length, 'utf8'),
  readAscii: (bytes, start, end) => bytes.toString('latin1', start, end),
  readUtf8: (bytes, start, end) => bytes.toString('utf8', start, end),
};

export const directMethods: TextMethods = {
  writeAscii: (target, text, at, length) =>
    void (target as unknown as BufferMethods).latin1Write(text, at, length),
  writeUtf8: (target, text, at, length) =>
    void (target as unknown as BufferMethods).utf8Write(text, at, length),
  readAscii: (bytes, start, end) => (bytes as unknown as BufferMethods).latin1Slice(start, end),
  readUtf8: (bytes, start, end) => (bytes as unknown as BufferMethods).utf8Slice(start, end),
};

/** The direct methods when `prototype` has them all, else the documented ones. */
export function chooseTextMethods(prototype: object): TextMethods {
  const needed = ['latin1Write', 'utf8Write', 'latin1Slice', 'utf8Slice'];
  return needed.every((name) => typeof Reflect.get(prototype, name) === 'function')
    ? directMethods
    : documentedMethods;
}

export const { writeAscii, writeUtf8, readAscii, readUtf8 } = chooseTextMethods(Buffer.prototype);

/**
 * From this length on, transcoding to UTF-16 and copying is 2-13 times faster than V8's own decoder,
 * which looks at one character at a time.
 */
const TRANSCODE_FROM = 384;

// Missing in a Node without ICU.
const canTranscode = typeof transcode === 'function';

/**
 * The text of `bytes[start, end)`, which is known to be valid UTF-8.
 * @param ascii whether every byte is known to be below 0x80, for which decoding is a plain copy
 */
export function decodeText(bytes: Buffer, ascii: boolean, start = 0, end = bytes.length): string {
  if (ascii) return readAscii(bytes, start, end);
  if (end - start < TRANSCODE_FROM || !canTranscode) return readUtf8(bytes, start, end);
  return transcode(bytes.subarray(start, end), 'utf8', 'ucs2').toString('ucs2');
}

/** From this many UTF-16 units on, encoding through UTF-16 pays, too. */
const ENCODE_FROM = 768;
/** Longer texts would need a larger scratch than is worth keeping. */
const ENCODE_UP_TO = 64 * 1024;

let scratch: Buffer | null = null;

/**
 * UTF-8 of a longer text that is certainly not ASCII, or null: then `Buffer.byteLength` decides. A few
 * characters are looked at, for measuring a text of two-byte characters costs as much as writing it.
 */
export function encodeWide(text: string): Buffer | null {
  const { length } = text;
  if (length < ENCODE_FROM || length > ENCODE_UP_TO || !canTranscode) return null;
  const step = length >>> 3;
  let seen = 0;
  for (let at = step >>> 1; at < length; at += step) seen |= text.charCodeAt(at);
  if (seen < 0x80) return null;
  scratch ??= Buffer.allocUnsafeSlow(2 * ENCODE_UP_TO);
  scratch.write(text, 'ucs2');
  try {
    return transcode(scratch.subarray(0, 2 * length), 'ucs2', 'utf8');
  } catch {
    // A surrogate on its own: `transcode` refuses what the other way replaces by U+FFFD.
    return null;
  }
}

/** Bytes of the longest character. */
const LONGEST = 4;

/**
 * UTF-8 of a long text, for which measuring costs V8 more than writing. A buffer a little longer than
 * the text is filled: with one byte for each character there is room left, and all of it is written.
 * @returns a buffer of its own or part of one, which the caller may give on with `giveSpare`
 */
export function encodeLong(text: string): Buffer {
  const size = text.length + LONGEST;
  const bytes = takeSpare(size, size) ?? Buffer.allocUnsafeSlow(size);
  const written = bytes.write(text, 'utf8');
  // Where a character had no room left, less than the longest one needs is free.
  if (written <= bytes.length - LONGEST) return bytes.subarray(0, written);
  giveSpare(bytes);
  return Buffer.from(text);
}
