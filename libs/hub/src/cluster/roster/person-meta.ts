import { ByteReader } from '../../support/byte-reader.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { encodeEnvelope, type Codec } from '../../wire/codec.js';
import { readParts, writeParts, type EncodedPart } from '../../wire/encoded/encoded-part.js';
import { jsonCodec } from '../../wire/json.codec.js';
import type { KnownCodecs } from '../../wire/encoded/known-codecs.js';

/** Codecs carry envelopes: this is the event of the one that metadata travels in. */
const EVENT = 'm';
const SAID_BYTES = 6;
/** Levels that codecs go down, at most. */
const MAX_DEPTH = 100;

/**
 * What was said about a person, as bytes for other nodes: when, and in JSON. Where it has bytes or dates
 * in it, and this process has the codec `msgpack`, in MessagePack as well, which carries them as such.
 * @param said milliseconds since the epoch
 * @throws {EncodeError}
 */
export function packMeta(said: number, meta: unknown, codecs: KnownCodecs): Uint8Array {
  const writer = new ByteWriter().u48(said);
  const parts: EncodedPart[] = [];
  if (meta !== undefined) {
    parts.push(partOf(codecs.get('json') ?? jsonCodec, meta));
    const msgpack = codecs.get('msgpack');
    if (msgpack !== undefined && hasBytesOrDates(meta, MAX_DEPTH))
      parts.push(partOf(msgpack, meta));
  }
  writeParts(writer, parts);
  return writer.done();
}

/** When it was said; 0 for what cannot be read. */
export function saidAt(packed: Uint8Array): number {
  return packed.length < SAID_BYTES ? 0 : new ByteReader(packed).u48();
}

/** What was said, from the richest part that can be read; undefined when none can. */
export function unpackMeta(packed: Uint8Array, codecs: KnownCodecs): unknown {
  try {
    const reader = new ByteReader(packed);
    reader.u48();
    const parts = new Map(readParts(reader).map((part) => [part.codec, part]));
    const msgpack = codecs.get('msgpack');
    const rich = msgpack && parts.get('msgpack');
    if (msgpack !== undefined && rich !== undefined) return decoded(msgpack, rich);
    const plain = parts.get('json');
    return plain && decoded(codecs.get('json') ?? jsonCodec, plain);
  } catch {
    // Another node's bytes: whatever is wrong with them is no error of this one.
    return undefined;
  }
}

function partOf(codec: Codec, data: unknown): EncodedPart {
  const encoded = encodeEnvelope(codec, { event: EVENT, data });
  return {
    codec: codec.name,
    text: typeof encoded === 'string',
    bytes: typeof encoded === 'string' ? Buffer.from(encoded) : encoded,
  };
}

function decoded(codec: Codec, { text, bytes }: EncodedPart): unknown {
  return codec.decode(text ? Buffer.from(bytes).toString() : bytes).data;
}

function hasBytesOrDates(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth === 0) return false;
  if (value instanceof Date || ArrayBuffer.isView(value)) return true;
  return Object.values(value).some((item: unknown) => hasBytesOrDates(item, depth - 1));
}
