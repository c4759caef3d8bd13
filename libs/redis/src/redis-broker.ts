import type { Broker, BrokerHost, BrokerSession } from '#hub';
import { isIoRedis } from './client/client-shapes.js';
import { withIoRedis } from './client/io-redis.js';
import { withNodeRedis, withOptions } from './client/node-redis.js';
import type { Connect } from './client/redis-connection.js';
import { withSentinels } from './client/sentinel.js';
import { RedisHistory } from './history/redis-history.js';
import { RedisMailbox } from './mailbox/redis-mailbox.js';
import { Names } from './names/names.js';
import { DEFAULT_URL, readOptions, type RedisBrokerOptions } from './redis-broker-options.js';
import { CurrentSession } from './session/current-session.js';
import { openSession } from './session/open-session.js';
import { OwnLog } from './session/own-log.js';
import { Publisher } from './session/publish.js';
import type { RedisSession } from './session/redis-session.js';

/**
 * Connects nodes over Redis 7 or later, or Valkey: one server, with replicas and Sentinels or without;
 * no Redis Cluster yet. It needs the package `redis` 6 or later, or a client of `ioredis`.
 *
 * It opens two connections, carries messages by PUBLISH, keeps histories and mail for rooms and
 * users, and, where delivery is at least once, what this node published in the last 2 minutes, up to
 * 16 MiB. All of it expires. `maxmemory-policy` should be `noeviction`: what is evicted is lost.
 *
 * Whoever may publish on the server can speak as the application. Give it a user of its own
 * (`<app>` is option `app`):
 * `ACL SETUSER <user> on ><password> ~nw:<app>:* &nw:<app>:* -@all +@read +@write +@pubsub +@scripting
 * +@connection -@dangerous +info +role +time`
 *
 * @example redisBroker({ app: 'chat', url: 'rediss://chat:secret@redis.internal:6380' })
 * @throws {UsageError} for a wrong option; nothing is connected before the hub starts
 */
export function redisBroker(options: RedisBrokerOptions): Broker {
  return new RedisBroker(options);
}

class RedisBroker implements Broker {
  readonly name = 'redis';
  readonly maxMessage: number;
  readonly history: RedisHistory;
  readonly mailbox: RedisMailbox;
  readonly #app: string;
  readonly #names: Names;
  readonly #connect: Connect;
  readonly #where: string;
  readonly #current = new CurrentSession();
  readonly #log = new OwnLog();

  constructor(given: RedisBrokerOptions) {
    const options = readOptions(given);
    this.#app = options.app;
    this.maxMessage = options.maxMessage;
    this.#names = new Names(options.app);
    [this.#connect, this.#where] = wayTo(options);
    this.history = new RedisHistory(this.#names, this.#current, this.maxMessage);
    this.mailbox = new RedisMailbox(this.#names, this.#current, this.maxMessage);
  }

  async open(host: BrokerHost): Promise<BrokerSession> {
    const session = await openSession({
      connect: this.#connect,
      where: this.#where,
      app: this.#app,
      names: this.#names,
      host,
      publisher: new Publisher(this.#names, host.node, this.#log),
      maxMessage: this.maxMessage,
      scripts: [...this.history.scripts, ...this.mailbox.scripts],
      history: (channel, message) => {
        if (!this.history.received(channel, message)) host.ignored?.(channel);
      },
      ended: (ended) => this.#ended(ended),
    });
    // From now on what is followed is subscribed by itself; the rest here.
    this.#current.session = session;
    try {
      await this.history.prepare(session);
      session.handOut();
    } catch (error) {
      session.destroy();
      throw error;
    }
    this.history.resume();
    return session;
  }

  #ended(session: RedisSession): void {
    if (this.#current.session === session) this.#current.session = undefined;
  }
}

/** How connections are made, and where to, for messages. */
function wayTo({
  url,
  client,
  sentinels,
  options = {},
}: Pick<RedisBrokerOptions, 'url' | 'client' | 'sentinels' | 'options'>): [Connect, string] {
  if (client !== undefined) {
    const connect = isIoRedis(client) ? withIoRedis(client) : withNodeRedis(client);
    return [connect, "the client's server"];
  }
  if (sentinels !== undefined) {
    const { name = 'mymaster', nodes, options: ofSentinels = {} } = sentinels;
    return [withSentinels(name, nodes, options, ofSentinels), `the master ${name}`];
  }
  const address = url ?? DEFAULT_URL;
  const connect = withOptions({ ...options, url: address });
  return [(...rest) => connect({}, ...rest), withoutPassword(address)];
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//');
}
