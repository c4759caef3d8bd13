import type { SendPolicy } from '#engine';
import type {
  Broker,
  ClusterOptions,
  ConnectionLimitOptions,
  HistoryOptions,
  IdempotencyOptions,
  MailboxOptions,
  PresenceOptions,
  RateOptions,
  SlowConsumerHook,
  UploadOptions,
  UserIdOf,
} from '#hub';

/** What a gateway may set for itself about the load its clients cause. */
export interface LoadOptions {
  /**
   * What happens to events for clients that read too slowly, unless the event names a policy itself.
   * Default `close`: at the limit the connection is closed with 1013. Replies are never dropped.
   */
  slowConsumers?: SendPolicy;

  /** Bytes that may wait for one client. Another name for `limits.sendHardLimit`, and comes before it. */
  maxBackpressure?: number;

  /**
   * Bytes of one message, after inflating, 1 or more; a longer one closes with 1009. Another name for
   * `limits.maxPayload`, and comes before it. Default 1,048,576.
   */
  maxPayloadLength?: number;

  /** `true` is `slowConsumers: 'close'`, `false` is `slowConsumers: 'drop-new'`, if that is not given. */
  closeOnBackpressureLimit?: boolean;

  /**
   * How much clients may send: messages and bytes by connection, user and address. Default anything.
   * On a gateway it is counted apart from the rest of the application.
   */
  rate?: RateOptions;
}

/** What an application sets about rooms, users and limits; all have defaults. */
export interface RealtimeOptions {
  /** What is kept of rooms that are published to. Default 100 messages, 256 KiB, 10 minutes each. */
  history?: HistoryOptions;

  /** What waits for users who are away. Default 100 messages, 256 KiB, a day for each. */
  mailbox?: MailboxOptions;

  /** Where it is kept who is in which room. Default the memory of this process. */
  presence?: PresenceOptions;

  /**
   * Makes many nodes one application: `redisBroker` of `nestwire/redis`, `natsBroker` of `nestwire/nats`,
   * `nodeClusterBroker` of `nestwire/node-cluster`, or one of your own. Default none: this process is alone.
   * The application starts without its broker after 2 seconds, with a warning; see `cluster.required`.
   */
  broker?: Broker;

  /** How the nodes work together: delivery, their name, `required`, `notifyGap`, a `secret`. */
  cluster?: ClusterOptions;

  /**
   * How many connections there may be: `total`, `perIp`, `perUser` (default any number), and
   * `pendingPerIp` upgrades that wait for `@VerifyClient` (default 1,000), and `perHttp2Session` WebSockets
   * of one session of HTTP/2 (default 256). More are refused with 503,
   * or closed with 1013 when the user is known only afterwards.
   */
  connections?: ConnectionLimitOptions;

  /**
   * What is kept of calls that a client sends with a `key`, so that one that comes twice is handled once. Default
   * 10,000 answers and 16 MiB for 2 minutes.
   */
  idempotency?: IdempotencyOptions;

  /**
   * What clients may upload to handlers with `@Upload()`: 16 MiB in each, 4 at a time for a connection, 256 for the
   * process.
   */
  uploads?: UploadOptions;

  /**
   * Addresses and networks of the proxies whose X-Forwarded-For is believed, such as `10.0.0.0/8`.
   * Default none: `@Ip()` is the peer of the socket.
   */
  trustedProxies?: readonly string[];

  /**
   * Finds the id in what `@VerifyClient` returned, under which users are addressed. Default: a string
   * or number, or its `id`, `userId` or `sub`.
   */
  userId?: UserIdOf;

  /** Told when a client reads so slowly that messages are dropped or it is closed. */
  onSlowConsumer?: SlowConsumerHook;

  /**
   * Bytes that may wait for slow clients in the whole process; then the largest queue is closed.
   * Default a quarter of the heap limit.
   */
  sendBudget?: number;
}

/** How the application says goodbye, beside code, reason and deadline. */
export interface DrainOptions {
  /** Whether clients get a `$shutdown` event before they are closed. Default true. */
  notice?: boolean;
  /** Milliseconds between that and the first close. Default 0. */
  grace?: number;
  /** Connections closed in one go. Default 500. */
  batchSize?: number;
  /** Milliseconds between batches. Default 50. */
  batchInterval?: number;
  /** When clients are told to come back: `after` milliseconds (500), `within` so many more (5,000). */
  reconnect?: { after?: number; within?: number };
}
