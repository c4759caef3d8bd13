import type { Connection } from './connection.js';
import { kCore } from './connection-core.js';

/** What the channels of the engine call a connection; undefined until its upgrade is accepted. */
export function transportOf(connection: Connection): object | undefined {
  return connection[kCore].transport;
}
