import { ConnectionLost } from '../client/reply-error.js';
import type { RedisSession } from './redis-session.js';

/** The session the stores work with, while there is one. */
export class CurrentSession {
  session: RedisSession | undefined;

  /** @throws {ConnectionLost} while there is none */
  get(): RedisSession {
    if (this.session === undefined) {
      throw new ConnectionLost('Cannot reach Redis: there is no session');
    }
    return this.session;
  }
}
