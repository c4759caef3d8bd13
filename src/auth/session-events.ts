/** Sent before a session ends, with `{ expiresAt }` in milliseconds since the epoch. */
export const EXPIRING_EVENT = 'expiring';
/** Sent by a client, with `{ token }`, to go on without a new connection. */
export const REAUTHENTICATE_EVENT = 'reauthenticate';
