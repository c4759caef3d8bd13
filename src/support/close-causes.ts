import type { CloseCause } from '#engine';
import { ApplicationCloseCode, HubCloseCauses } from '#hub';

/** What gateways close connections for, beside what the engine and the hub do. */
export const GatewayCloseCauses = {
  Shutdown: { ...HubCloseCauses.Shutdown, reason: 'Server is shutting down' },
  SessionExpired: {
    code: ApplicationCloseCode.Unauthorized,
    reason: 'Session expired',
    when: 'the session has expired; sign in and come back',
  },
} as const satisfies Record<string, CloseCause>;
