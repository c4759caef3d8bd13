import type { AnyContract, Contract } from '#contract';
import type { Connection } from './connection.js';

/** Of a method, so that a predicate for connections of any contract will do, and the other way round. */
type Predicate<C extends Contract> = { where(connection: Connection<C>): boolean }['where'];

/** Which connections are meant. All that is given must hold; `{}` means every connection. */
export interface ConnectionFilter<C extends Contract = AnyContract> {
  /** Id of the user they belong to. */
  user?: string | undefined;
  tag?: string | undefined;
  room?: string | undefined;
  /** The request target without the query, as the client sent it. */
  path?: string | undefined;
  where?: Predicate<C> | undefined;
}

/** A filter, or only its predicate. */
export type ConnectionSelector<C extends Contract = AnyContract> =
  ConnectionFilter<C> | Predicate<C>;

/** Whether one connection is meant by the filter. */
export function matches(connection: Connection, filter: ConnectionFilter): boolean {
  const { user, tag, room, path, where } = filter;
  return (
    (user === undefined || connection.userId === user) &&
    (tag === undefined || connection.tags.has(tag)) &&
    (room === undefined || connection.rooms.has(room)) &&
    (path === undefined || connection.handshake.path === path) &&
    (where === undefined || where(connection))
  );
}
