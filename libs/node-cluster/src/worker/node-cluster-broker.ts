import { UsageError } from '#engine';
import type { Broker, BrokerHost, BrokerSession } from '#hub';
import { SOCKET_VARIABLE } from '../wire/socket-path.js';
import { NodeClusterSession } from './node-cluster-session.js';
import { PrimaryConnection } from './primary-connection.js';
import { PrimaryHistory } from './primary-history.js';
import { PrimaryMailbox } from './primary-mailbox.js';

/** Bytes of the longest message, until the primary has said so itself. */
const MAX_MESSAGE = 4 * 1024 * 1024;

/** Where a worker finds its primary. */
export interface NodeClusterBrokerOptions {
  /** The primary's socket; default what it has put into the environment of its workers. */
  readonly path?: string | undefined;
}

/**
 * Connects a worker of `node:cluster` to the others through their primary process, without a server: see
 * `startPrimaryBroker`. What is published in one worker reaches the clients of all of them; histories,
 * mail and presence are theirs together. All of it ends with the primary.
 *
 * @throws {UsageError} where no primary has called `startPrimaryBroker` before it forked
 * @example WsModule.forRoot({ broker: nodeClusterBroker() })
 */
export function nodeClusterBroker(options: NodeClusterBrokerOptions = {}): Broker {
  const path = options.path ?? process.env[SOCKET_VARIABLE];
  if (path === undefined || path === '') {
    throw new UsageError(
      'Cannot use node:cluster as broker: the primary process has not called startPrimaryBroker() before cluster.fork()',
    );
  }
  return new NodeClusterBroker(path);
}

class NodeClusterBroker implements Broker {
  readonly name = 'node-cluster';
  readonly history: PrimaryHistory;
  readonly mailbox: PrimaryMailbox;
  readonly #path: string;
  readonly #connection = new PrimaryConnection();
  #maxMessage = MAX_MESSAGE;

  constructor(path: string) {
    this.#path = path;
    this.history = new PrimaryHistory(this.#connection);
    this.mailbox = new PrimaryMailbox(this.#connection);
  }

  get maxMessage(): number {
    return this.#maxMessage;
  }

  async open(host: BrokerHost): Promise<BrokerSession> {
    const session = await NodeClusterSession.open(this.#path, host, (room, news) =>
      this.history.news(room, news),
    );
    try {
      await session.follow(this.history.followed());
    } catch (error) {
      session.destroy();
      throw error;
    }
    this.#maxMessage = session.maxMessage;
    this.#connection.session = session;
    return session;
  }
}
