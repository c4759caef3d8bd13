import type { Contract } from '#contract';
import type { Connection } from './connection.js';

/** What every contract is one of. */
export interface SomeContract {
  readonly data: object;
}

/** A connection of whichever contract, for those who only look who it is. */
export type SomeConnection = Connection<SomeContract>;

/** For those to whom a connection's contract does not matter. */
export function plain<C extends Contract>(connection: Connection<C>): Connection {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract is types alone
  return connection as unknown as Connection;
}
