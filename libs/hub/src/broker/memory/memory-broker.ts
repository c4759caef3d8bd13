import type { Broker, BrokerHost, BrokerSession } from '../broker.js';
import { DEFAULT_MAX_MESSAGE, type MemoryBrokerServer } from './memory-broker-server.js';
import { MemoryConnection } from './memory-connection.js';
import { MemoryHistory } from './memory-history.js';
import { MemoryMailbox } from './memory-mailbox.js';
import { MemorySession } from './memory-session.js';

/**
 * Connects one hub to a server in the same process: several hubs of one process are a cluster then.
 * It is what every other broker is measured by. Each hub needs one of its own.
 * @param reach the server as it is now; throws `BrokerUnavailable` while there is none
 */
export function memoryBroker(server: MemoryBrokerServer | (() => MemoryBrokerServer)): Broker {
  return new MemoryBroker(typeof server === 'function' ? server : () => server);
}

class MemoryBroker implements Broker {
  readonly name = 'memory';
  readonly history: MemoryHistory;
  readonly mailbox: MemoryMailbox;
  readonly #connection = new MemoryConnection();
  readonly #reach: () => MemoryBrokerServer;
  #maxMessage = DEFAULT_MAX_MESSAGE;

  constructor(reach: () => MemoryBrokerServer) {
    this.#reach = reach;
    this.history = new MemoryHistory(this.#connection);
    this.mailbox = new MemoryMailbox(this.#connection);
  }

  get maxMessage(): number {
    return this.#maxMessage;
  }

  async open(host: BrokerHost): Promise<BrokerSession> {
    const server = this.#reach();
    const session = new MemorySession(server, host, (room, news) => this.history.news(room, news));
    await session.follow(this.history.followed());
    this.#maxMessage = server.maxMessage;
    this.#connection.session = session;
    return session;
  }
}
