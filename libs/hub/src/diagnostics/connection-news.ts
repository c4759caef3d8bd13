import type { Connection } from '../connection/connection.js';
import { kCore } from '../connection/connection-core.js';
import type { HubScope } from '../support/hub-scope.js';

/** What happens to a connection of a hub. */
export interface ConnectionNews extends HubScope {
  /** The path as it is served, with the names of its parameters: `/chat/:room`. */
  readonly path: string;
  readonly connection: Connection;
}

/** The path it is served on, with the names of its parameters; '' where that has no name. */
export function pathOf(connection: Connection): string {
  return connection[kCore].owner.path ?? '';
}

/** Whose news it is; only asked for when somebody listens. */
export function about(connection: Connection): ConnectionNews {
  const { owner } = connection[kCore];
  const { scope, node = '', path = '' } = owner;
  return { hub: scope?.hub ?? owner, node, path, connection };
}
