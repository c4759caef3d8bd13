import type { Codec } from './codec.js';
import type { Envelope } from './envelope.js';
import { ErrorCode } from './error-code.js';
import { jsonNestsDeeper } from './json-depth.js';
import { dataTooDeep, readMaxDepth, tooDeep, type CodecOptions } from './max-depth.js';
import { dropPrototypeKeys, maySetPrototype } from './prototype-keys.js';
import { readEnvelope } from './read-envelope.js';
import { WireError } from './wire-error.js';

/**
 * A codec of one JSON object per text message, usable from a plain browser `WebSocket`. Fields always
 * stand in the order event, data, id, complete, at, mail; undefined ones are left out.
 *
 * Neither way does it carry deeper nesting than `maxDepth`: parsing it costs time, Node 26 no longer
 * refuses to write it, and whoever walks it runs out of stack.
 *
 * @throws {UsageError} for a `maxDepth` that makes no sense
 */
export function createJsonCodec(options: CodecOptions = {}): Codec {
  const maxDepth = readMaxDepth(options);
  return {
    name: 'json',

    encode({ event, data, id, complete, at, mail }: Envelope): string {
      const text =
        at === undefined && mail === undefined
          ? JSON.stringify({ event, data, id, complete })
          : JSON.stringify({ event, data, id, complete, at, mail });
      if (jsonNestsDeeper(text, maxDepth)) throw dataTooDeep(maxDepth);
      return text;
    },

    decode(payload: string | Uint8Array): Envelope {
      if (typeof payload !== 'string') {
        throw new WireError(
          ErrorCode.BadEnvelope,
          'Cannot read message: a text message is expected, current value is a binary message',
        );
      }
      if (jsonNestsDeeper(payload, maxDepth)) throw tooDeep(maxDepth);
      return readEnvelope(parse(payload));
    },
  };
}

/** The default codec. */
export const jsonCodec: Codec = createJsonCodec();

function parse(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The cause is left out on purpose: its message quotes the payload.
    throw new WireError(ErrorCode.BadJson, 'Cannot parse message: it is not valid JSON');
  }
  if (maySetPrototype(text)) dropPrototypeKeys(value);
  return value;
}
