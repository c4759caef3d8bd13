import type { AnyContract, Contract } from '#contract';
import type { Address, Audience } from './address.js';
import { Broadcast } from './broadcast.js';
import type { Relay } from './relay.js';
import { kAt } from '../support/own-names.js';

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
 * @typeParam C what the receivers' path speaks; default: anything
 * @example broadcaster.to('lobby').except(connection).send('said', { text: 'hi' });
 */
export class Broadcaster<C extends Contract = AnyContract> {
  readonly #audience: Audience;
  readonly #relay: Relay | undefined;

  /** @param relay takes broadcasts to the other nodes; default: they stay on this one */
  constructor(audience: Audience, relay?: Relay) {
    this.#audience = audience;
    this.#relay = relay;
  }

  /** Sends to connections of this node alone. */
  get local(): Broadcaster<C> {
    return new Broadcaster(this.#audience);
  }

  /** The members of a room, or of several: each of them once. */
  to(rooms: string | readonly string[]): Broadcast<C> {
    return this[kAt]({ ...NOBODY, rooms: [rooms].flat() });
  }

  /** All connections of a user, on every tab and device. */
  toUser(userId: string): Broadcast<C> {
    return this[kAt]({ ...NOBODY, users: [userId] });
  }

  /** Every open connection that has passed its connect hook, in a room or not. */
  toAll(): Broadcast<C> {
    return this[kAt](EVERYONE);
  }

  /** @internal */
  [kAt](address: Address): Broadcast<C> {
    return new Broadcast(this.#audience, address, this.#relay);
  }
}
