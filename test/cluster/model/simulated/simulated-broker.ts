import { BrokerUnavailable } from '#hub';
import type { Broker, BrokerHost, BrokerSession } from '../../../../libs/hub/src/broker/broker.js';
import type { Path } from './path.js';
import type { SimulatedServer } from './simulated-server.js';
import { SimulatedStores } from './simulated-stores.js';
import { SimulatedSession } from './simulated-session.js';

/** How one node reaches the simulated server. */
export class SimulatedBroker implements Broker {
  readonly name = 'simulated';
  readonly maxMessage = 1024 * 1024;
  readonly #server: SimulatedServer;
  readonly #path: Path;
  readonly #stores: SimulatedStores;
  /** One that came too late is ended, and another is there. */
  #sessions: SimulatedSession[] = [];

  constructor(server: SimulatedServer, path: Path, node: string) {
    this.#server = server;
    this.#path = path;
    this.#stores = new SimulatedStores(server, node, () => this.session);
  }

  get history(): SimulatedStores['history'] {
    return this.#stores.history;
  }

  get mailbox(): SimulatedStores['mailbox'] {
    return this.#stores.mailbox;
  }

  get session(): SimulatedSession | undefined {
    this.#sessions = this.#sessions.filter(({ ended }) => !ended);
    return this.#sessions.at(-1);
  }

  open(host: BrokerHost): Promise<BrokerSession> {
    const path = this.#path;
    const server = this.#server;
    return new Promise((resolve, reject) => {
      const there = path.wire(() => path.unheard || server.hung);
      const back = path.wire(() => path.deaf);
      there.send(() => {
        if (server.stores === undefined) {
          back.send(() => reject(new BrokerUnavailable('Cannot reach the broker: there is none')));
          return;
        }
        const session = new SimulatedSession(server, path, host, this.#stores);
        back.send(() => {
          this.#sessions.push(session);
          void session.follow(this.#stores.followed).catch(() => {});
          resolve(session);
        });
      });
    });
  }
}
