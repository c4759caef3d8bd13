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
