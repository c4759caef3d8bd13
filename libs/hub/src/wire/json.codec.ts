import { wireCodecs, type Codec } from './codec.js';
import type { Envelope } from './envelope.js';
import { ErrorCode } from './error-code.js';
import { jsonNestsDeeper } from './json-depth.js';
import { dataTooDeep, readMaxDepth, tooDeep, type CodecOptions } from './max-depth.js';
import { dropPrototypeKeys, maySetPrototype } from './prototype-keys.js';
import { readEnvelope, readFrame } from './read-envelope.js';
import { WireError } from './wire-error.js';

/** What `createJsonCodec` takes. */
export interface JsonCodecOptions extends CodecOptions {
  /**
   * As of `JSON.stringify`, for the data and everything in it: what JSON has no form for becomes what it
   * returns, such as the text of a BigInt or the entries of a Map. `event` and `id` never pass through it.
   * Default none.
   */
  readonly replacer?: Replacer | undefined;
}

/** Bytes of `{}`. */
const EMPTY_OBJECT = 2;
const COMMA = 0x2c;

type Replacer = (this: unknown, key: string, value: unknown) => unknown;

/**
 * A codec of one JSON object per text message, usable from a plain browser `WebSocket`. Fields always
 * stand in the order event, data, id, complete, at, mail; undefined ones are left out.
 *
 * Neither way does it carry deeper nesting than `maxDepth`: parsing it costs time, Node 26 no longer
 * refuses to write it, and whoever walks it runs out of stack.
 *
 * Make one with options once: a broadcast is encoded once for each instance. What rooms with a history and
 * mailboxes keep has to be JSON by itself, without a replacer.
 *
 * @throws {UsageError} for a `maxDepth` that makes no sense
 * @example
 * const json = createJsonCodec({
 *   replacer: (_key, value) => (typeof value === 'bigint' ? String(value) : value),
 * });
 * \@WsGateway({ path: '/chat', codecs: { '': json } })
 */
export function createJsonCodec(options: JsonCodecOptions = {}): Codec {
  const maxDepth = readMaxDepth(options);
  const { replacer } = options;
  const codec: Codec = {
    name: 'json',

    encode({ event, data, id, complete, at, mail }: Envelope): string {
      const envelope =
        at === undefined && mail === undefined
          ? { event, data, id, complete }
          : { event, data, id, complete, at, mail };
      const text = replacer === undefined ? JSON.stringify(envelope) : replaced(envelope, replacer);
      if (jsonNestsDeeper(text, maxDepth)) throw dataTooDeep(maxDepth);
      return text;
    },

    decode: (payload) => readEnvelope(parseText(payload, maxDepth)),

    decodeFrame: (payload) => readFrame(parseText(payload, maxDepth)),

    place(encoded: Uint8Array, place: Pick<Envelope, 'at' | 'mail'>): Uint8Array {
      // `{"at":...}` without its brace goes behind the last field; `event` always stands before it.
      const fields = Buffer.from(JSON.stringify({ at: place.at, mail: place.mail }));
      if (fields.length === EMPTY_OBJECT) return encoded;
      const placed = Buffer.allocUnsafe(encoded.length + fields.length - 1);
      placed.set(encoded);
      placed[encoded.length - 1] = COMMA;
      placed.set(fields.subarray(1), encoded.length);
      return placed;
    },
  };
  wireCodecs.add(codec);
  return codec;
}

/** The default codec. */
export const jsonCodec: Codec = createJsonCodec();

function replaced(envelope: Partial<Envelope>, replacer: Replacer): string {
  return JSON.stringify(envelope, function replace(this: unknown, key: string, value: unknown) {
    const isOurs = value === envelope || (this === envelope && key !== 'data');
    return isOurs ? value : replacer.call(this, key, value);
  });
}

function parseText(payload: string | Uint8Array, maxDepth: number): unknown {
  if (typeof payload !== 'string') {
    throw new WireError(
      ErrorCode.BadEnvelope,
      'Cannot read message: a text message is expected, current value is a binary message',
    );
  }
  if (jsonNestsDeeper(payload, maxDepth)) throw tooDeep(maxDepth);
  return parse(payload);
}

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
