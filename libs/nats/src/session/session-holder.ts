import { BrokerUnavailable } from '#hub';
import type { NatsSession } from './nats-session.js';
import type { Streams } from './session-streams.js';

/** The way of histories and mail to NATS: through the present session. */
export class SessionHolder {
  #session: NatsSession | undefined;

  /** @throws {BrokerUnavailable} while there is none */
  get session(): NatsSession {
    if (this.#session === undefined || this.#session.ended) {
      throw new BrokerUnavailable('Cannot reach NATS: there is no session');
    }
    return this.#session;
  }

  set session(session: NatsSession) {
    this.#session = session;
  }

  /** @throws {BrokerUnavailable} while there is no session */
  get streams(): Streams {
    const { streams } = this.session;
    if (streams === undefined) {
      throw new BrokerUnavailable('Cannot keep it: JetStream is not used');
    }
    return streams;
  }
}
