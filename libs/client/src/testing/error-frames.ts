import { ClientError } from '../support/client-error.js';
import { fields } from '../wire/exception.js';

/** Data of an `exception` frame. */
interface ErrorReply {
  readonly status: 'error';
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

/** What a client is told about an error: of a `ClientError` all, of any other nothing. */
export function errorReply(error: unknown): ErrorReply {
  if (!(error instanceof ClientError)) {
    return { status: 'error', code: 'INTERNAL_ERROR', message: 'Internal server error' };
  }
  const { code, message, retryAfter } = error;
  const details =
    retryAfter === undefined ? error.details : { ...fields(error.details), retryAfter };
  return { status: 'error', code, message, details };
}

/** How a refused handshake is told to a client of this wire. */
export interface Refusal {
  /** Of HTTP. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

/** What Nest says of the statuses that refusals have. */
const KNOWN: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ['BAD_REQUEST', 'Bad Request'],
  401: ['UNAUTHORIZED', 'Unauthorized'],
  403: ['FORBIDDEN', 'Forbidden resource'],
  404: ['NOT_FOUND', 'Not Found'],
  429: ['TOO_MANY_REQUESTS', 'Too Many Requests'],
  500: ['INTERNAL_ERROR', 'Internal server error'],
  503: ['SERVICE_UNAVAILABLE', 'Service Unavailable'],
};

/** @throws {RangeError} for a status that refuses nobody */
export function refusalOf(status: number, more: Partial<Omit<Refusal, 'status'>>): Refusal {
  if (!Number.isInteger(status) || status < 400 || status > 599) {
    throw new RangeError(
      `Cannot refuse: a status from 400 to 599 is expected, current value is ${status}`,
    );
  }
  const [code, message] = KNOWN[status] ?? [`HTTP_${status}`, `HTTP ${status}`];
  return {
    status,
    code: more.code ?? code,
    message: more.message ?? message,
    details: more.details,
  };
}

/** What a Close frame can say of it: 123 bytes. */
export function reasonOf({ message, code }: Pick<Refusal, 'message' | 'code'>): string {
  const bytes = encodeURIComponent(message).replaceAll(/%../g, '.').length;
  return bytes <= 123 ? message : code;
}
