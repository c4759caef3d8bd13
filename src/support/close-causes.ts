import type { CloseCause } from '#engine';
import { ApplicationCloseCode, HubCloseCauses } from '#hub';

/** What a client that speaks `nestwire.1` is refused with, instead of an HTTP status of 4000 less. */
export const RefusalCloseCauses = {
  BadRequest: {
    code: ApplicationCloseCode.BadRequest,
    reason: said,
    when: 'the path cannot be decoded, or a guard or `@VerifyClient` refused with 400',
  },
  Unauthorized: {
    code: ApplicationCloseCode.Unauthorized,
    reason: said,
    when: 'there is no token, or it is wrong or has expired: come back with another one',
  },
  Forbidden: {
    code: ApplicationCloseCode.Forbidden,
    reason: said,
    when: 'a guard or `@VerifyClient` said no, or the page is of another origin',
  },
  NotFound: {
    code: ApplicationCloseCode.NotFound,
    reason: said,
    when: 'no gateway is served at this path',
  },
  TooManyRequests: {
    code: ApplicationCloseCode.TooManyRequests,
    reason: said,
    when: 'a guard refused with 429: come back later',
  },
  InternalError: {
    code: ApplicationCloseCode.InternalError,
    reason: said,
    when: 'a guard or `@VerifyClient` failed',
  },
  Unavailable: {
    code: ApplicationCloseCode.Unavailable,
    reason: said,
    when: 'the application starts or shuts down, is full (`connections`), or did not decide within `handshakeTimeout`: come back after `details.retryAfter`',
  },
} as const satisfies Record<string, CloseCause>;

/** What gateways close connections for, beside what the engine and the hub do. */
export const GatewayCloseCauses = {
  Shutdown: { ...HubCloseCauses.Shutdown, reason: 'Server is shutting down' },
  SessionExpired: {
    code: ApplicationCloseCode.Unauthorized,
    reason: 'Session expired',
    when: 'the session has expired; sign in and come back',
  },
  ByOperator: {
    ...HubCloseCauses.Disconnected,
    reason: 'Disconnected by an operator',
    when: 'somebody closed it in the inspector',
  },
} as const satisfies Record<string, CloseCause>;

function said(message: string): string {
  return message;
}
