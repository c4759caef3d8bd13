import type { Contract } from '#contract';
import { kCore } from './connection-core.js';
import type { Connection } from './connection.js';

/** What every contract is one of. */
export interface SomeContract {
  readonly data: object;
}

/** A connection of whichever contract, for those who only look who it is. */
export type SomeConnection = Connection<SomeContract>;

/** For those to whom a connection's contract does not matter, nor a Proxy around it: it is found without. */
export function plain<C extends Contract>(connection: Connection<C>): Connection {
  return connection[kCore].client;
}
