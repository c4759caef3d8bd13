import type { Connection } from './connection.js';

/** For those who never look at a connection's data: its type does not matter to them. */
export function plain(connection: Connection<object>): Connection {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- widens `data`, see above
  return connection as Connection;
}
