import type { Answered, QueryOptions } from './cluster-result.js';
import type { ConnectionFilter } from './connection-filter.js';
import type { ConnectionRef } from './connection-ref.js';

/** Which connections are meant, on every node: functions do not travel. */
export type ClusterSelector = Omit<ConnectionFilter, 'where'>;

/**
 * The connections of all nodes. Every node has 2 seconds to answer; when one does not, or leaves
 * meanwhile, the call rejects with a `PartialResultError` that has what the others said, unless
 * `partial: true` asks for that.
 */
export interface ClusterConnections {
  /** One that is meant, of this node if there is one. */
  find<Options extends QueryOptions = object>(
    selector: ClusterSelector,
    options?: Options,
  ): Promise<Answered<ConnectionRef | undefined, Options>>;
  /** All that are meant; a node with more of them than fit into 1 MiB (about 20,000) is missing. */
  findAll<Options extends QueryOptions = object>(
    selector?: ClusterSelector,
    options?: Options,
  ): Promise<Answered<ConnectionRef[], Options>>;
  /** How many are meant; without a selector, all. */
  count<Options extends QueryOptions = object>(
    selector?: ClusterSelector,
    options?: Options,
  ): Promise<Answered<number, Options>>;
  /**
   * Closes those that are meant.
   * @param code default 1008
   * @param reason at most 123 bytes of UTF-8
   * @returns how many were told to close
   * @throws {UsageError} as a rejection, for a code that may not be sent or a reason that is too long;
   *   then none is
   */
  disconnect<Options extends QueryOptions = object>(
    selector: ClusterSelector,
    code?: number,
    reason?: string,
    options?: Options,
  ): Promise<Answered<number, Options>>;
  /** Closes all connections of a user; see `disconnect`. */
  disconnectUser<Options extends QueryOptions = object>(
    userId: string,
    code?: number,
    reason?: string,
    options?: Options,
  ): Promise<Answered<number, Options>>;
}
