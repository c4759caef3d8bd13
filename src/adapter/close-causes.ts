import { CloseCode, type CloseCause } from '#engine';
import { GatewayCloseCauses } from '../support/close-causes.js';

/** What `NestwireAdapter` closes connections for, beside what the engine does. */
export const AdapterCloseCauses = {
  Shutdown: GatewayCloseCauses.Shutdown,
  Refused: {
    code: CloseCode.PolicyViolation,
    reason: (message: string) => message,
    when: '`handleConnection` refused; the reason is the message of its error, or its code',
  },
  ConnectFailed: {
    code: CloseCode.InternalError,
    reason: (message: string) => message,
    when: '`handleConnection` failed for a reason that is no business of the client',
  },
  ListenerFailed: {
    code: CloseCode.InternalError,
    reason: '',
    when: 'a `connection` listener of the application threw',
  },
  ConnectTimeout: {
    code: CloseCode.TryAgainLater,
    reason: 'Cannot connect: handleConnection has not finished in time',
    when: '`handleConnection` took longer than `connectTimeout`',
  },
  Starting: {
    code: CloseCode.TryAgainLater,
    reason: 'The application is starting',
    when: 'the client came before the application was ready',
  },
} as const satisfies Record<string, CloseCause>;
