import type { Address, Audience } from './address.js';
import { Broadcast } from './broadcast.js';

const NOBODY: Address = Object.freeze({
  rooms: [],
  users: [],
  everyone: false,
  exceptRooms: [],
  exceptIds: new Set<string>(),
});
const EVERYONE: Address = Object.freeze({ ...NOBODY, everyone: true });

/**
 * Sends to many connections at once: from gateways, controllers, services and jobs.
 *
 * @example broadcaster.to('lobby').except(connection).send('said', { text: 'hi' });
 */
export class Broadcaster {
  readonly #audience: Audience;

  constructor(audience: Audience) {
    this.#audience = audience;
  }

  /** The members of a room, or of several: each of them once. */
  to(rooms: string | readonly string[]): Broadcast {
    return new Broadcast(this.#audience, { ...NOBODY, rooms: [rooms].flat() });
  }

  /** All connections of a user, on every tab and device. */
  toUser(userId: string): Broadcast {
    return new Broadcast(this.#audience, { ...NOBODY, users: [userId] });
  }

  /** Every open connection that has passed its connect hook, in a room or not. */
  toAll(): Broadcast {
    return new Broadcast(this.#audience, EVERYONE);
  }
}
