import type { ClusterSelector } from '../connection/cluster-connections.js';
import type { Answered, QueryOptions } from '../connection/cluster-result.js';

/** The rooms of all nodes; answers and errors as of `ClusterConnections`. */
export interface ClusterRooms {
  /**
   * Puts the connections that are meant into a room; one that is in too many already stays out of it.
   * @returns how many of them are in it now
   * @throws {WireError} BAD_REQUEST as a rejection, for a room name
   */
  join<Options extends QueryOptions = object>(
    selector: ClusterSelector,
    room: string,
    options?: Options,
  ): Promise<Answered<number, Options>>;
  /**
   * Takes the connections that are meant out of a room.
   * @returns how many were in it
   */
  leave<Options extends QueryOptions = object>(
    selector: ClusterSelector,
    room: string,
    options?: Options,
  ): Promise<Answered<number, Options>>;
  /** Members of a room. */
  size<Options extends QueryOptions = object>(
    room: string,
    options?: Options,
  ): Promise<Answered<number, Options>>;
  /** Rooms that have members, each once; a node with more names than fit into 1 MiB is missing. */
  names<Options extends QueryOptions = object>(
    options?: Options,
  ): Promise<Answered<string[], Options>>;
}
