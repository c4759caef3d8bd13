import { MAX_USER_ID_LENGTH } from '../connection/user-id.js';
import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';

/** Numbers one `$ack` may carry. */
const MAX_ACKS = 1_000;

/** @throws {WireError} BAD_REQUEST for what is not the id of a user. */
export function checkUserId(userId: unknown): void {
  const length = typeof userId === 'string' ? userId.length : 0;
  if (length > 0 && length <= MAX_USER_ID_LENGTH) return;
  throw new WireError(
    ErrorCode.BadRequest,
    `Cannot send mail: a user id of 1 to ${MAX_USER_ID_LENGTH} characters is expected, current value is ${typeof userId === 'string' ? `${length} characters` : `of type ${typeof userId}`}`,
  );
}

/**
 * The numbers a client acknowledges, each once.
 * @throws {WireError} BAD_REQUEST for anything but one number or up to 1,000
 */
export function readMailNumbers(value: unknown): number[] {
  const numbers: unknown[] = Array.isArray(value) ? value : [value];
  const valid = numbers.filter((one): one is number => Number.isSafeInteger(one));
  if (valid.length !== numbers.length || numbers.length === 0 || numbers.length > MAX_ACKS) {
    throw new WireError(
      ErrorCode.BadRequest,
      `Cannot acknowledge: a number or 1 to ${MAX_ACKS} of them are expected, as "mail"`,
    );
  }
  // Saying it twice in one message is no mistake.
  return [...new Set(valid)];
}
