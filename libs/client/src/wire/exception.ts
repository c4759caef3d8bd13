import { ClientError } from '../support/client-error.js';

/** The error that the data of an `exception` frame tells of; BAD_ANSWER when it tells of none. */
export function exceptionError(data: unknown): ClientError {
  const { code, message, details, retryAfter } = fields(data);
  if (typeof code !== 'string') {
    return new ClientError('BAD_ANSWER', 'Refused without a code');
  }
  const pause = retryAfter ?? fields(details)['retryAfter'];
  return new ClientError(code, typeof message === 'string' ? message : code, {
    details,
    retryAfter: typeof pause === 'number' && pause >= 0 ? pause : undefined,
  });
}

/** What may be an object, to read from. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
