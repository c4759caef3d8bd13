import { encodeEnvelope, type Codec } from '../wire/codec.js';
import type { EncodedPart } from '../wire/encoded/encoded-part.js';
import type { Envelope } from '../wire/envelope.js';
import { jsonCodec } from '../wire/json.codec.js';
import type { KnownCodecs } from '../wire/encoded/known-codecs.js';

/** An event in the bytes of all codecs. */
interface EncodedParts {
  readonly parts: readonly EncodedPart[];
  /** Bytes of its JSON form. */
  readonly size: number;
}

/**
 * Encodes what is kept or goes to other nodes with each known codec, and always as JSON, which every node
 * can read.
 * @param failed told of a codec that cannot carry it: its clients get what can be made of another part
 * @throws {EncodeError} for what is not JSON
 */
export function encodeParts(
  envelope: Envelope,
  codecs: KnownCodecs,
  failed: (error: unknown) => void,
): EncodedParts {
  const json = partOf(jsonCodec, encodeEnvelope(jsonCodec, envelope));
  const parts: EncodedPart[] = [];
  let hasJson = false;
  for (const codec of codecs) {
    try {
      const own = codec === jsonCodec ? json : partOf(codec, encodeEnvelope(codec, envelope));
      parts.push(own);
      hasJson ||= codec.name === jsonCodec.name;
    } catch (error) {
      failed(error);
    }
  }
  if (!hasJson) parts.push(json);
  return { parts, size: json.bytes.length };
}

function partOf({ name }: Codec, encoded: string | Uint8Array): EncodedPart {
  return typeof encoded === 'string'
    ? { codec: name, text: true, bytes: Buffer.from(encoded) }
    : { codec: name, text: false, bytes: encoded };
}
