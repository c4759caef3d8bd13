/** Sent by a client, with `{ token }`, to go on without a new connection. */
export const REAUTHENTICATE_EVENT = 'reauthenticate';
