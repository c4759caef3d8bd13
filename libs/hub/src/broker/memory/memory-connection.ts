import { BrokerUnavailable } from '../broker-unavailable.js';
import type { MemoryBrokerServer } from './memory-broker-server.js';
import type { MemorySession } from './memory-session.js';

/** The way of a node's history and mail to the server: through its present session. */
export class MemoryConnection {
  session: MemorySession | undefined;

  /** @throws {BrokerUnavailable} as a rejection, while there is no session */
  async ask<Answer>(request: (server: MemoryBrokerServer) => Answer): Promise<Answer> {
    if (this.session === undefined) {
      throw new BrokerUnavailable('Cannot reach the broker: there is no session');
    }
    return this.session.ask(request);
  }
}
