import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';

/** Where a client was when it left: the `epoch` and `offset` of the last `at` it has of the room. */
export interface Since {
  readonly epoch: string;
  readonly offset: number;
}

/** Longest epoch that is looked at; ours have eight characters, those of other stores may have more. */
const MAX_EPOCH_LENGTH = 64;

/**
 * Reads a position as a client sends it, in a message or in the query of its handshake (there the
 * offset is a string).
 * @returns undefined when it sends none: it is new
 * @throws {WireError} BAD_REQUEST for anything but an epoch and a whole number from 0
 */
export function readSince(epoch: unknown, offset: unknown): Since | undefined {
  if (epoch === undefined && offset === undefined) return undefined;
  const number = typeof offset === 'string' && /^\d{1,16}$/.test(offset) ? Number(offset) : offset;
  if (typeof epoch !== 'string' || epoch.length === 0 || epoch.length > MAX_EPOCH_LENGTH) {
    throw new WireError(
      ErrorCode.BadRequest,
      `Cannot recover: an epoch of 1 to ${MAX_EPOCH_LENGTH} characters is expected, current value is of type ${typeof epoch}`,
    );
  }
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw new WireError(
      ErrorCode.BadRequest,
      `Cannot recover: an offset is a whole number from 0, current value is of type ${typeof offset}`,
    );
  }
  return { epoch, offset: number };
}
