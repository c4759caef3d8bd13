import { MalformedBytes, type ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

const UTF8 = 0;
const UTF16 = 1;
/** Half of a surrogate pair without the other. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Writes a text of any UTF-16 units. UTF-8 has no form for half of a surrogate pair: two names that
 * differ in one would become the same. Those go as UTF-16.
 */
export function writeAnyText(writer: ByteWriter, text: string): void {
  if (!LONE_SURROGATE.test(text)) {
    writer.u8(UTF8).text(text);
    return;
  }
  const units = Buffer.from(text, 'utf16le');
  writer.u8(UTF16).u16(units.length).raw(units);
}

/**
 * @param limit UTF-16 units it may have
 * @throws {MalformedBytes}
 */
export function readAnyText(reader: ByteReader, limit: number): string {
  const form = reader.u8();
  if (form === UTF8) return reader.text(limit);
  const length = reader.u16();
  if (form !== UTF16 || length > limit * 2 || length % 2 !== 0) {
    throw new MalformedBytes(`A text of at most ${limit} is expected`);
  }
  return reader.raw(length).toString('utf16le');
}
