import type { NatsConnection } from '@nats-io/transport-node';
import { BrokerUnavailable, type Broker, type BrokerHost, type BrokerSession } from '#hub';
import { NatsHistory } from './history/nats-history.js';
import { NatsMailbox } from './mailbox/nats-mailbox.js';
import { Subjects } from './names/subjects.js';
import {
  readOptions,
  type NatsBrokerOptions,
  type ResolvedNatsOptions,
} from './options/nats-broker-options.js';
import { loadNats, type NatsParts } from './session/nats-parts.js';
import { HEADER_BYTES, NatsSession } from './session/nats-session.js';
import type { Streams } from './session/session-streams.js';
import { SessionHolder } from './session/session-holder.js';
import { unavailable } from './session/unavailable.js';
import { ensureStreams } from './streams/ensure-streams.js';

/** Milliseconds a server has to answer anything. */
const TIMEOUT = 1_800;
/** Bytes of a message, until the server has said how many it takes; NATS' own default. */
const DEFAULT_MAX_PAYLOAD = 1024 * 1024;

/**
 * Connects nodes over NATS 2.9 or later: broadcasts in core NATS; at-least-once, histories and mail in
 * JetStream. The packages `@nats-io/transport-node` and `@nats-io/jetstream` are optional peers.
 *
 * A room's history takes about 500 messages a second (they are numbered by compare-and-set); many rooms
 * add up. `history.publish` of one room from one node is done one after another.
 *
 * @throws {UsageError} for a wrong option
 * @example WsModule.forRoot({ broker: natsBroker({ servers: 'nats://127.0.0.1:4222', app: 'chat' }) })
 */
export function natsBroker(options: NatsBrokerOptions): Broker {
  return new NatsBroker(readOptions(options));
}

class NatsBroker implements Broker {
  readonly name = 'nats';
  readonly history: NatsHistory | undefined;
  readonly mailbox: NatsMailbox | undefined;
  readonly #options: ResolvedNatsOptions;
  readonly #subjects: Subjects;
  readonly #holder = new SessionHolder();
  #maxMessage = DEFAULT_MAX_PAYLOAD - HEADER_BYTES;

  constructor(options: ResolvedNatsOptions) {
    this.#options = options;
    this.#subjects = new Subjects(options.app);
    if (!options.jetstream) return;
    this.history = new NatsHistory(this.#holder, this.#subjects, options.history.maxMessages);
    this.mailbox = new NatsMailbox(this.#holder, this.#subjects);
  }

  get maxMessage(): number {
    return this.#maxMessage;
  }

  async open(host: BrokerHost): Promise<BrokerSession> {
    const nats = await loadNats();
    const connection = await this.#connect(nats, host);
    try {
      const streams = await this.#streams(nats, connection);
      const session = new NatsSession({
        nats,
        connection,
        subjects: this.#subjects,
        host,
        streams,
        inboxPrefix: this.#options.options.inboxPrefix,
      });
      // Whoever may not publish, or not hear, is told so before anything is said to be sent.
      await session.probe();
      await this.history?.resume(session);
      this.#holder.session = session;
      this.#maxMessage = session.maxMessage;
      return session;
    } catch (error) {
      void connection.close().catch(() => undefined);
      throw error instanceof BrokerUnavailable || isUsage(error) ? error : unavailable(error);
    }
  }

  async #connect(nats: NatsParts, { node }: BrokerHost): Promise<NatsConnection> {
    const { servers, options } = this.#options;
    try {
      return await nats.transport.connect({
        name: `nestwire ${node}`,
        ...options,
        servers: typeof servers === 'string' ? servers : [...servers],
        // Reconnecting, queueing and resending are the hub's: it knows what was lost.
        reconnect: false,
        waitOnFirstConnect: false,
        noEcho: false,
        timeout: TIMEOUT,
        pingInterval: 500,
        maxPingOut: 3,
      });
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #streams(nats: NatsParts, connection: NatsConnection): Promise<Streams | undefined> {
    if (!this.#options.jetstream) return undefined;
    const manager = await nats.jetstream
      .jetstreamManager(connection, { timeout: TIMEOUT, checkAPI: true })
      .catch((error: unknown) => {
        if (!isNotEnabled(error)) throw error;
        throw new BrokerUnavailable(
          'Cannot use NATS server: JetStream is not enabled; start it with -js, or set jetstream: false',
        );
      });
    await ensureStreams(manager, this.#subjects, this.#options);
    return { manager, client: manager.jetstream() };
  }
}

/** The package does not export the class. */
function isNotEnabled(error: unknown): boolean {
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}

function isUsage(error: unknown): boolean {
  return error instanceof Error && error.name === 'UsageError';
}
