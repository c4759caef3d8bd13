import type { Codec } from './codec.js';
import type { Envelope } from './envelope.js';
import { ErrorCode } from './error-code.js';
import { dropPrototypeKeys, maySetPrototype } from './prototype-keys.js';
import { readEnvelope } from './read-envelope.js';
import { WireError } from './wire-error.js';

/**
 * The default codec: one JSON object per text message, usable from a plain browser `WebSocket`.
 * Fields always stand in the order event, data, id, complete, at, mail; undefined ones are left out.
 */
export const jsonCodec: Codec = {
  name: 'json',

  encode({ event, data, id, complete, at, mail }: Envelope): string {
    if (at === undefined && mail === undefined) {
      return JSON.stringify({ event, data, id, complete });
    }
    return JSON.stringify({ event, data, id, complete, at, mail });
  },

  decode(payload: string | Uint8Array): Envelope {
    if (typeof payload !== 'string') {
      throw new WireError(
        ErrorCode.BadEnvelope,
        'Cannot read message: a text message is expected, current value is a binary message',
      );
    }
    return readEnvelope(parse(payload));
  },
};

/** What `createJsonCodec` takes. */
export interface JsonCodecOptions {
  /**
   * As of `JSON.stringify`, for the data and everything in it: what JSON has no form for becomes what it
   * returns, such as the text of a BigInt or the entries of a Map. `event` and `id` never pass through it.
   */
  readonly replacer: (this: unknown, key: string, value: unknown) => unknown;
}

/**
 * The JSON codec for data that JSON alone cannot carry. Make it once: a broadcast is encoded once for each
 * instance. What rooms with a history and mailboxes keep has to be JSON by itself.
 *
 * @example
 * const json = createJsonCodec({
 *   replacer: (_key, value) => (typeof value === 'bigint' ? String(value) : value),
 * });
 * \@WsGateway({ path: '/chat', codecs: { '': json } })
 */
export function createJsonCodec({ replacer }: JsonCodecOptions): Codec {
  return {
    name: jsonCodec.name,
    decode: jsonCodec.decode.bind(jsonCodec),
    encode({ event, data, id, complete, at, mail }: Envelope): string {
      const envelope = { event, data, id, complete, at, mail };
      return JSON.stringify(envelope, function replace(this: unknown, key: string, value: unknown) {
        const isOurs = value === envelope || (this === envelope && key !== 'data');
        return isOurs ? value : replacer.call(this, key, value);
      });
    },
  };
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
