import { BrokerUnavailable, type ByteReader } from '#hub';
import type { Request } from '../wire/frame-kind.js';
import type { NodeClusterSession } from './node-cluster-session.js';
import type { WriteRequest } from './primary-link.js';

/** The way of a worker's histories and mail to the primary: through its present session. */
export class PrimaryConnection {
  session: NodeClusterSession | undefined;

  /** @throws {BrokerUnavailable} as a rejection, while there is no session, or without an answer */
  async ask(request: Request, write: WriteRequest): Promise<ByteReader> {
    if (this.session === undefined) {
      throw new BrokerUnavailable('Cannot reach the primary: there is no session');
    }
    return this.session.ask(request, write);
  }
}
