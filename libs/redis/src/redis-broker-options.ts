import { UsageError } from '#engine';
import {
  isOptions,
  isWhole,
  kind,
  nested,
  OptionPlace,
  OptionTable,
  REQUIRED,
  text,
  type OptionsFor,
  type Resolved,
} from '#hub';
import {
  isIoRedis,
  isNodeRedis,
  type IoRedisClient,
  type NodeRedisClient,
} from './client/client-shapes.js';
import type { SentinelAddress } from './client/sentinel.js';

/** Sentinels that know which server is the master. */
export interface RedisSentinels {
  /** Of the master, as the Sentinels' configuration calls it; default `mymaster`. */
  readonly name?: string | undefined;
  /** Where they are; one is enough when it answers. */
  readonly nodes: readonly SentinelAddress[];
  /**
   * Their own user, password and TLS, as `createClient` of `redis` takes them; default none. Those of
   * the servers stand in `options` of the broker.
   */
  readonly options?: object | undefined;
}

/** What `redisBroker` takes. */
export interface RedisBrokerOptions {
  /**
   * Which application it is: all its keys and channels begin with `nw:<app>:`, and all its nodes have the
   * same. 1 to 64 letters, digits, `_` and `-`.
   */
  readonly app: string;
  /**
   * The server: `redis://[user:password@]host[:port][/database]`, `rediss://...` for TLS, or
   * `unix:///path/of/socket`; default `redis://127.0.0.1:6379`. Channels are the same in all databases.
   */
  readonly url?: string | undefined;
  /**
   * Further options of `createClient` of the package `redis`, for instance `username`, `password` and
   * `socket: { ca }`; default none. How it reconnects, queues and times out is the broker's.
   */
  readonly options?: object | undefined;
  /** Sentinels, in place of `url`: they are asked before each connection. */
  readonly sentinels?: RedisSentinels | undefined;
  /**
   * A client of `redis` or `ioredis` that the application has, in place of `url`, `options` and
   * `sentinels`. Only `duplicate` of it is called: the broker uses connections of its own, and this
   * one stays as it is. An ioredis client may have Sentinels; clusters and pools are refused.
   */
  readonly client?: NodeRedisClient | IoRedisClient | undefined;
  /**
   * Bytes of the longest message to other nodes, in a history or in a mailbox, 1 to 64 MiB; default
   * 4 MiB. A longer one reaches this node only.
   */
  readonly maxMessage?: number | undefined;
}

const MIB = 1024 * 1024;
/** Where neither a URL, Sentinels nor a client says so. */
export const DEFAULT_URL = 'redis://127.0.0.1:6379';

const app = kind(
  'a name of 1 to 64 letters, digits, _ and -',
  // Others would be patterns in an ACL rule, or hash tags.
  (value): value is string => typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value),
);
// No less: other parts of the hub send up to 1 MiB. No more: it passes through the memory of all nodes.
const maxMessage = kind(`whole bytes, ${MIB} to ${64 * MIB}`, (value): value is number =>
  isWhole(value, MIB, 64 * MIB),
);
const anyObject = kind('an object', isOptions);
const client = kind(
  'a client of redis or ioredis that is no cluster and no pool',
  (value): value is NodeRedisClient | IoRedisClient => isNodeRedis(value) || isIoRedis(value),
);

const SENTINEL_OPTIONS = new OptionTable({
  name: text('mymaster'),
  options: anyObject(undefined),
  nodes: kind('an array of { host, port? }, at least one', isAddresses)(REQUIRED),
} satisfies OptionsFor<RedisSentinels>);

export const REDIS_BROKER_OPTIONS = new OptionTable({
  app: app(REQUIRED),
  url: text(undefined),
  options: anyObject(undefined),
  sentinels: nested<RedisSentinels>({
    names: SENTINEL_OPTIONS.names,
    read: (value, at) => SENTINEL_OPTIONS.resolve(value, at),
  }),
  client: client(undefined),
  maxMessage: maxMessage(4 * MIB),
} satisfies OptionsFor<RedisBrokerOptions>);

const PLACE = new OptionPlace({
  at: (path) => `Cannot use option${path ? ` ${path}` : 's'} of redisBroker`,
  error: (message) => new UsageError(message),
});

/** @throws {UsageError} for a wrong name or value, and for more than one server */
export function readOptions(given: unknown): Resolved<typeof REDIS_BROKER_OPTIONS> {
  const read = REDIS_BROKER_OPTIONS.resolve(given, PLACE);
  if (read.url !== undefined && !isServer(read.url)) {
    // The value may have a password in it.
    throw PLACE.in('url').refuse('a URL redis://, rediss:// or unix://', scheme(read.url));
  }
  const places = (['url', 'sentinels', 'client'] as const).filter((one) => read[one] !== undefined);
  const [first, second] = places;
  if (second !== undefined) {
    throw PLACE.in(second).refuse(`nothing beside ${first}`, second);
  }
  if (read.client !== undefined && read.options !== undefined) {
    throw PLACE.in('options').refuse('nothing beside client, which has its own', 'options');
  }
  return read;
}

function isServer(url: string): boolean {
  return url.startsWith('unix:') ? /^unix:\/\/.*\/./.test(url) : isRedisUrl(url);
}

function isRedisUrl(url: string): boolean {
  return /^rediss?:$/.test(URL.canParse(url) ? new URL(url).protocol : '');
}

function scheme(url: string): string {
  return `${/^[a-z+]{1,20}:/i.exec(url)?.[0] ?? ''}...`;
}

function isAddresses(value: unknown): value is readonly SentinelAddress[] {
  return Array.isArray(value) && value.length > 0 && value.every(isAddress);
}

function isAddress(value: unknown): value is SentinelAddress {
  if (!isOptions(value)) return false;
  const host: unknown = Reflect.get(value, 'host');
  const port: unknown = Reflect.get(value, 'port');
  return (
    typeof host === 'string' && host !== '' && (port === undefined || isWhole(port, 1, 65_535))
  );
}
