import { IDEMPOTENCY_OPTIONS, type IdempotencyOptions } from './answers/idempotency-options.js';
import type { UserIdOf } from './connection/user-id.js';
import type { ErrorContext, ErrorReporter } from './connection/error-context.js';
import type { Broker } from './broker/broker.js';
import { CLUSTER_OPTIONS, type ClusterOptions } from './cluster/cluster-options.js';
import { HISTORY_OPTIONS, type HistoryOptions } from './history/history-options.js';
import { trustedProxies } from './limits/client-address.js';
import {
  CONNECTION_LIMIT_OPTIONS,
  type ConnectionLimitOptions,
  type ConnectionStats,
} from './limits/connection-limits.js';
import { RATE_OPTIONS, type RateOptions, type RateStats } from './limits/rate-limiter.js';
import type { SlowConsumerHook, SlowConsumerStats } from './limits/slow-consumers.js';
import {
  MAILBOX_OPTIONS,
  type MailboxOptions,
  type MailboxStats,
} from './mailbox/mailbox-options.js';
import { nested } from './options/nested-options.js';
import { callback, count, objectWith } from './options/option-kinds.js';
import type { OptionsFor } from './options/option.js';
import { OptionTable } from './options/option-table.js';
import { PRESENCE_OPTIONS, type PresenceOptions } from './presence/presence.js';
import { ROOMS_OPTIONS, type RoomsOptions } from './rooms/rooms.js';
import { UPLOAD_OPTIONS, type UploadOptions } from './uploads/upload-options.js';

/** Options of a hub; each has a default. */
export interface HubOptions extends RoomsOptions {
  /** Finds the id in `connection.user`; default a string or number, or its `id`, `userId` or `sub`. */
  userId?: UserIdOf | undefined;
  /** What is kept of rooms that are published to; default 100 messages, 256 KiB, 10 minutes. */
  history?: HistoryOptions | undefined;
  /** What waits for users who are away; default 100 messages, 256 KiB, a day. */
  mailbox?: MailboxOptions | undefined;
  presence?: PresenceOptions | undefined;
  /**
   * Carries broadcasts and all else between the nodes of the application; see `Hub.start`. Each node needs one
   * of its own. Default none: this node is alone.
   */
  broker?: Broker | undefined;
  /** How the nodes work together. */
  cluster?: ClusterOptions | undefined;
  /** How many connections there may be; default any number, and 1,000 upgrades waiting per address. */
  connections?: ConnectionLimitOptions | undefined;
  /** What is kept of calls with a `key`; default 10,000 answers and 16 MiB for 2 minutes. */
  idempotency?: IdempotencyOptions | undefined;
  /** What clients may upload; default 16 MiB in each, 4 at a time for a connection, 256 for the process. */
  uploads?: UploadOptions | undefined;
  /** How much clients may send; default anything. */
  rate?: RateOptions | undefined;
  /** Networks of the proxies whose X-Forwarded-For is believed; default none. */
  trustedProxies?: readonly string[] | undefined;
  /** Told when a client reads so slowly that messages are dropped or it is closed. */
  onSlowConsumer?: SlowConsumerHook | undefined;
  /**
   * Bytes that may wait for slow clients in the whole process, whatever hub they belong to; then the
   * largest queue is closed. Default a quarter of the heap limit.
   */
  sendBudget?: number | undefined;
  /**
   * Told of every error nobody expected and of every transport error; what it throws is ignored.
   * Default: unexpected errors become process warnings.
   */
  onError?: ErrorReporter | undefined;
}

export const HUB_OPTIONS = new OptionTable({
  ...ROOMS_OPTIONS.options,
  userId: callback<UserIdOf>(),
  history: nested<HistoryOptions>(HISTORY_OPTIONS),
  mailbox: nested<MailboxOptions>(MAILBOX_OPTIONS),
  presence: nested<PresenceOptions>(PRESENCE_OPTIONS),
  broker: objectWith<Broker>('open')(undefined),
  cluster: nested<ClusterOptions>(CLUSTER_OPTIONS),
  connections: nested<ConnectionLimitOptions>(CONNECTION_LIMIT_OPTIONS),
  idempotency: nested<IdempotencyOptions>(IDEMPOTENCY_OPTIONS),
  uploads: nested<UploadOptions>(UPLOAD_OPTIONS),
  rate: nested<RateOptions>(RATE_OPTIONS),
  trustedProxies,
  onSlowConsumer: callback<SlowConsumerHook>(),
  sendBudget: count(undefined),
  onError: callback<ErrorReporter>(),
} satisfies OptionsFor<HubOptions>);

/** What a hub counts. */
export interface HubStats {
  readonly connections: ConnectionStats;
  /** Users with a connection. */
  readonly users: number;
  /** Rooms with members. */
  readonly rooms: number;
  /** Messages over a limit, by whose limit it was. */
  readonly rateLimited: RateStats;
  readonly slowConsumers: SlowConsumerStats;
  readonly mailbox: MailboxStats;
  /** Calls with a key: under way, kept, and the bytes of these. */
  readonly calls: { readonly running: number; readonly kept: number; readonly bytes: number };
  /** Uploads under way, those included whose client is away. */
  readonly uploads: { readonly running: number };
}

/** The default reporter. */
export function warn(error: unknown, { phase, event }: ErrorContext): void {
  // What a peer does to its transport is no news about this server.
  if (phase === 'transport') return;
  const where = event === undefined ? phase : `${phase} "${event}"`;
  const detail = error instanceof Error ? error.stack : String(error);
  process.emitWarning(`Cannot finish ${where}: an error was not handled`, {
    code: 'NESTWIRE_UNHANDLED',
    ...(detail !== undefined && { detail }),
  });
}
