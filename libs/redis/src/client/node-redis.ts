import type { NodeRedis, NodeRedisClient } from './client-shapes.js';
import { loadRedis } from './load-redis.js';
import type { Connect, ConnectionListener, RedisConnection, Word } from './redis-connection.js';

/** Milliseconds for the TCP connection. */
export const CONNECT_TIMEOUT = 1_000;

/** Bulk replies as buffers: `RESP_TYPES.BLOB_STRING` of the package. */
const TYPE_MAPPING = { [36]: Buffer };

/** In place of what the options say. */
interface Address {
  readonly host?: string;
  readonly port?: number | undefined;
}

/**
 * What makes a client of `redis` a plain connection. Its time limit of commands costs 40 us each and
 * never ends one that was written; its reconnection would hide which server answers.
 */
function plain(given: object, name: string, address: Address = {}): object {
  const { socket, name: ownName } = given as { socket?: object; name?: unknown };
  return {
    name: ownName ?? name,
    socket: { ...socket, ...address, reconnectStrategy: false, connectTimeout: CONNECT_TIMEOUT },
    disableOfflineQueue: true,
    commandOptions: { timeout: undefined, typeMapping: TYPE_MAPPING },
    maintNotifications: 'disabled',
    clientSideCache: undefined,
    emitInvalidate: undefined,
    readonly: undefined,
    keyPrefix: undefined,
    pingInterval: undefined,
  };
}

/** Connects to a server that may be another one each time. */
export type ConnectTo = (address: Address, ...rest: Parameters<Connect>) => ReturnType<Connect>;

/** With clients of its own. @param options as `createClient` of `redis` takes them */
export function withOptions(options: object): ConnectTo {
  // A client is a class of its own with hundreds of methods; duplicates share it.
  let original: Promise<NodeRedisClient> | undefined;
  return async (address, listener, name, signal) => {
    // `createClient` writes into what it is given.
    original ??= loadRedis().then(({ createClient }) => createClient(plainCopy(options)));
    return duplicate(await original, address, listener, name, signal);
  };
}

/** With duplicates of the application's client. */
export function withNodeRedis(client: NodeRedisClient): Connect {
  return (listener, name, signal) => duplicate(client, {}, listener, name, signal);
}

async function duplicate(
  client: NodeRedisClient,
  address: Address,
  listener: ConnectionListener,
  name: string,
  signal: AbortSignal,
): Promise<RedisConnection> {
  const options = plain(client.options ?? {}, name, address);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a duplicate is what its original is
  return open(client.duplicate(options) as NodeRedis, listener, signal);
}

function plainCopy(options: object): object {
  const { socket } = options as { socket?: object };
  return { ...options, socket: { ...socket } };
}

async function open(
  client: NodeRedis,
  listener: ConnectionListener,
  signal: AbortSignal,
): Promise<RedisConnection> {
  const connection = new NodeRedisConnection(client, listener);
  // Destroyed while its socket connects, the client would go on: it is destroyed again when it is ready.
  client.on('ready', () => {
    if (signal.aborted) client.destroy();
  });
  signal.addEventListener('abort', () => connection.destroy(), { once: true });
  await client.connect();
  return connection;
}

class NodeRedisConnection implements RedisConnection {
  readonly #client: NodeRedis;
  readonly #received: (message: unknown, channel: unknown) => void;
  #listener: ConnectionListener | undefined;

  constructor(client: NodeRedis, listener: ConnectionListener) {
    this.#client = client;
    this.#listener = listener;
    this.#received = (message, channel) => {
      // Text only from a server that a proxy has changed: RESP has bytes there.
      const bytes = Buffer.isBuffer(message) ? message : Buffer.from(String(message));
      this.#listener?.received(String(channel), bytes);
    };
    client.on('error', (error: Error) => this.#closed(error));
    client.on('end', () => this.#closed(new Error('The connection to Redis has ended')));
  }

  command(words: readonly Word[]): Promise<unknown> {
    return this.#client.sendCommand(words);
  }

  subscribe(channels: readonly string[]): Promise<unknown> {
    return this.#client.subscribe(channels, this.#received, true);
  }

  unsubscribe(channels: readonly string[]): Promise<unknown> {
    return this.#client.unsubscribe(channels, this.#received, true);
  }

  destroy(): void {
    this.#listener = undefined;
    this.#client.destroy();
  }

  #closed(error: Error): void {
    const listener = this.#listener;
    this.destroy();
    listener?.closed(error);
  }
}
