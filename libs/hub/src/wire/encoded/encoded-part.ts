import { isUtf8 } from 'node:buffer';
import type { Codec } from '../codec.js';
import type { Envelope } from '../envelope.js';
import { MalformedBytes, type ByteReader } from '../../support/byte-reader.js';
import type { ByteWriter } from '../../support/byte-writer.js';

/** Codecs one message may be encoded with. */
const MAX_PARTS = 16;
const MAX_CODEC_NAME = 64;

/** One event in the bytes of one codec, without `at` and `mail`. */
export interface EncodedPart {
  /** Name of the codec; '' for a message past the codecs. */
  readonly codec: string;
  /** Whether it travels as a text message. */
  readonly text: boolean;
  readonly bytes: Uint8Array;
}

/** @throws whatever the codec does */
export function decodePart(codec: Codec, { text, bytes }: EncodedPart): Envelope {
  return codec.decode(text ? Buffer.from(bytes).toString() : bytes);
}

export function writeParts(writer: ByteWriter, parts: readonly EncodedPart[]): void {
  writer.u16(parts.length);
  for (const { codec, text, bytes } of parts)
    writer
      .text(codec)
      .u8(text ? 1 : 0)
      .bytes(bytes);
}

/**
 * The bytes are views of what is read.
 * @throws {MalformedBytes}
 */
export function readParts(reader: ByteReader): EncodedPart[] {
  const parts: EncodedPart[] = [];
  for (let count = reader.count(MAX_PARTS, 7); count > 0; count--) {
    const part = {
      codec: reader.text(MAX_CODEC_NAME),
      text: reader.u8() === 1,
      bytes: reader.bytes(),
    };
    // RFC 6455 8.1: every client it is sent to would have to fail its connection.
    if (part.text && !isUtf8(part.bytes)) throw new MalformedBytes('Text in UTF-8 is expected');
    parts.push(part);
  }
  return parts;
}
