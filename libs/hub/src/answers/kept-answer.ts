import { encodeEnvelope, type Codec } from '../wire/codec.js';
import { isChoosable, type Envelope } from '../wire/envelope.js';
import { ErrorCode } from '../wire/error-code.js';
import type { ErrorReply } from '../wire/error-reply.js';
import { RepeatedError, WireError } from '../wire/wire-error.js';

/** What an answer costs beside its bytes. */
const OVERHEAD = 256;

/** The answer to a call, as it can be given again. */
export interface KeptAnswer {
  /** Of the call. */
  readonly event: string;
  readonly bytes: number;
  /**
   * @returns the answer, for `ReplyWriter.reply`
   * @throws {WireError} when the answer was an exception, or is too long to be kept
   */
  give(): unknown;
}

/** @param limit bytes it may have */
export function keptValue(event: string, value: unknown, codec: Codec, limit: number): KeptAnswer {
  let encoded: string | Uint8Array;
  try {
    const { event: name, data } = isNamed(value) ? value : { event, data: value };
    encoded = encodeEnvelope(codec, { event: name, data });
  } catch {
    return keptError(event, unrepeatable('cannot be encoded'), limit);
  }
  if (lengthOf(encoded) > limit) return keptError(event, unrepeatable('is too long'), limit);
  // Not the encoder's, which may write the next message there.
  const payload = typeof encoded === 'string' ? encoded : Buffer.from(encoded);
  return {
    event,
    bytes: OVERHEAD + lengthOf(payload),
    give() {
      const answer = read(codec, payload);
      return isChoosable(answer.event) ? { event: answer.event, data: answer.data } : answer.data;
    },
  };
}

export function keptError(event: string, reply: ErrorReply, limit: number): KeptAnswer {
  const bytes = sizeOf(reply);
  const kept = bytes <= limit ? reply : { ...reply, details: undefined };
  return {
    event,
    bytes: OVERHEAD + Math.min(bytes, limit),
    give() {
      throw new RepeatedError(kept);
    },
  };
}

export function otherEvent(): WireError {
  return new WireError(
    ErrorCode.BadRequest,
    'Cannot repeat call: its key was used for another event',
  );
}

function unrepeatable(why: string): ErrorReply {
  return {
    status: 'error',
    code: ErrorCode.LimitExceeded,
    message: `Cannot repeat the answer: the call was handled, and its answer ${why}`,
  };
}

function read(codec: Codec, payload: string | Uint8Array): Envelope {
  try {
    return codec.decodeFrame?.(payload) ?? codec.decode(payload);
  } catch {
    // A codec of the application that does not read what it writes.
    throw new RepeatedError(unrepeatable('cannot be read again'));
  }
}

/** Nest's `WsResponse`, as the reply writer knows it. */
function isNamed(value: unknown): value is { event: string; data: unknown } {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'data')) return false;
  const { event } = value as { event?: unknown };
  return typeof event === 'string' && isChoosable(event) && Object.keys(value).length === 2;
}

function lengthOf(payload: string | Uint8Array): number {
  return typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
}

function sizeOf(reply: ErrorReply): number {
  try {
    return JSON.stringify(reply).length;
  } catch {
    return Infinity;
  }
}
