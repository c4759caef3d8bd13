import type { Role } from './users.service.js';

/** What a token says about its owner. */
export interface Claims {
  /** Name of the user. */
  readonly sub: string;
  readonly role: Role;
  /** Seconds since the epoch; the session of a connection ends with it. */
  readonly exp: number;
}
