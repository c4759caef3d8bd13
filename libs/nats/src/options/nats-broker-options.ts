import type { NodeConnectionOptions } from '@nats-io/transport-node';
import { UsageError } from '#engine';
import {
  count,
  filled,
  flag,
  kind,
  objectWith,
  OptionPlace,
  OptionTable,
  REQUIRED,
  type OptionsFor,
  type Resolved,
} from '#hub';

/** What the streams of histories keep; the bounds of each room are within these. */
export interface NatsHistoryOptions {
  /** Messages of a room that are kept at most, the largest `history.maxMessages`; default 1,000. */
  readonly maxMessages?: number | undefined;
  /**
   * Milliseconds after its last message for which a room keeps its offsets; default a day. At least ten
   * times the largest `history.maxAge`.
   */
  readonly keepFor?: number | undefined;
}

/** What the streams of mail keep. */
export interface NatsMailOptions {
  /** Milliseconds mail is kept at most, the largest `ttl`; default 30 days. */
  readonly keepFor?: number | undefined;
}

/** How NATS is reached. */
export interface NatsBrokerOptions {
  /** Addresses of the server, or of several of a cluster; default `nats://127.0.0.1:4222`. */
  readonly servers?: string | readonly string[] | undefined;
  /** Names the application on servers that several share: letters, digits, - and _, at most 64. */
  readonly app: string;
  /**
   * More options of the package `@nats-io/transport-node`: user, token, authenticator, tls. How it
   * reconnects is ours.
   */
  readonly options?: Partial<NodeConnectionOptions> | undefined;
  /**
   * Whether streams are used: for at-least-once, histories and mail. Default true. Without them
   * histories and mail stay in the memory of each process.
   */
  readonly jetstream?: boolean | undefined;
  /** Copies of each stream in a cluster of servers; default 1. */
  readonly replicas?: number | undefined;
  /** Bytes of what all nodes published lately, for repair; default 64 MiB, for 60 seconds. */
  readonly logBytes?: number | undefined;
  readonly history?: NatsHistoryOptions | undefined;
  readonly mail?: NatsMailOptions | undefined;
}

const DAY = 86_400_000;

const servers = kind('an address or several', isAddresses);
const app = kind(
  'a name of 1 to 64 letters, digits, _ and -',
  (value): value is string => typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value),
);

const HISTORY_OPTIONS = new OptionTable({
  maxMessages: count(1_000),
  keepFor: count(DAY),
} satisfies OptionsFor<NatsHistoryOptions>);

const MAIL_OPTIONS = new OptionTable({
  keepFor: count(30 * DAY),
} satisfies OptionsFor<NatsMailOptions>);

export const NATS_BROKER_OPTIONS = new OptionTable({
  app: app(REQUIRED),
  servers: servers(['nats://127.0.0.1:4222']),
  options: objectWith<Partial<NodeConnectionOptions>>()({}),
  jetstream: flag(true),
  replicas: count(1),
  logBytes: count(64 * 1024 * 1024),
  history: filled(HISTORY_OPTIONS),
  mail: filled(MAIL_OPTIONS),
} satisfies OptionsFor<NatsBrokerOptions>);

export type ResolvedNatsOptions = Resolved<typeof NATS_BROKER_OPTIONS>;

const PLACE = new OptionPlace({
  at: (path) => `Cannot use option${path === '' ? 's' : ` ${path}`} of natsBroker`,
  error: (message) => new UsageError(message),
});

/** @throws {UsageError} for a wrong name or value */
export function readOptions(given: unknown): ResolvedNatsOptions {
  return NATS_BROKER_OPTIONS.resolve(given, PLACE);
}

function isAddresses(value: unknown): value is string | readonly string[] {
  const all = [value].flat();
  return all.length > 0 && all.every((one) => typeof one === 'string' && one !== '');
}
