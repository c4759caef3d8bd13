import type { Connection } from './connection.js';

/** Which connections are meant. All that is given must hold; `{}` means every connection. */
export interface ConnectionFilter {
  /** Id of the user they belong to. */
  user?: string | undefined;
  tag?: string | undefined;
  room?: string | undefined;
  /** The request target without the query, as the client sent it. */
  path?: string | undefined;
  where?: ((connection: Connection) => boolean) | undefined;
}

/** A filter, or only its predicate. */
export type ConnectionSelector = ConnectionFilter | ((connection: Connection) => boolean);

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
