import type { StateEvent } from './transitions.js';

/** What the server says with 4401: the token will not do. */
export const UNAUTHORIZED = 4401;
/** What the client closes with when a message is longer than it takes. */
export const TOO_BIG = 4009;
/** HTTP statuses among 4400–4499 that pass by themselves: timeout, too early, too many. */
const PASSING = [4408, 4425, 4429];

/** What becomes of a client whose connection was closed with this code; 4401 is `denied`. */
export function closeClass(code: number): StateEvent {
  if (code === 1000) return 'ended';
  if (code === UNAUTHORIZED) return 'denied';
  return code >= 4400 && code <= 4499 && !PASSING.includes(code) ? 'refused' : 'lost';
}
