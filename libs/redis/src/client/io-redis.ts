import type { IoRedis, IoRedisClient } from './client-shapes.js';
import { CONNECT_TIMEOUT } from './node-redis.js';
import type { Connect, ConnectionListener, RedisConnection, Word } from './redis-connection.js';

/** What makes a client of `ioredis` a plain connection. */
function plain(name: string): object {
  return {
    connectionName: name,
    lazyConnect: true,
    // Milliseconds a server that hangs may keep what was destroyed.
    disconnectTimeout: 1,
    connectTimeout: CONNECT_TIMEOUT,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    reconnectOnError: null,
    maxRetriesPerRequest: null,
    maxLoadingRetryTime: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: false,
    commandTimeout: undefined,
    socketTimeout: undefined,
    blockingTimeout: undefined,
    keyPrefix: '',
    readOnly: false,
    monitor: false,
    role: 'master',
    failoverDetector: false,
  };
}

/** With duplicates of the application's client. */
export function withIoRedis(client: IoRedisClient): Connect {
  return async (listener, name, signal) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a duplicate is what its original is
    const connection = new IoRedisConnection(client.duplicate(plain(name)) as IoRedis, listener);
    signal.addEventListener('abort', () => connection.destroy(), { once: true });
    await connection.open();
    return connection;
  };
}

class IoRedisConnection implements RedisConnection {
  readonly #client: IoRedis;
  #listener: ConnectionListener | undefined;
  #error: Error | undefined;

  constructor(client: IoRedis, listener: ConnectionListener) {
    this.#client = client;
    this.#listener = listener;
    client.on('messageBuffer', (channel: Buffer, message: Buffer) =>
      this.#listener?.received(String(channel), message),
    );
    // It says why before it says that: `close` follows.
    client.on('error', (error: Error) => {
      this.#error ??= error;
    });
    client.on('close', () => this.#closed(new Error('The connection to Redis has ended')));
  }

  async open(): Promise<void> {
    try {
      await this.#client.connect();
    } catch (error) {
      throw this.#error ?? error;
    }
  }

  command([name = '', ...words]: readonly Word[]): Promise<unknown> {
    return this.#client.callBuffer(String(name), ...words);
  }

  subscribe(channels: readonly string[]): Promise<unknown> {
    return this.#client.subscribe(...channels);
  }

  unsubscribe(channels: readonly string[]): Promise<unknown> {
    return this.#client.unsubscribe(...channels);
  }

  destroy(): void {
    this.#listener = undefined;
    this.#client.disconnect();
  }

  #closed(error: Error): void {
    const listener = this.#listener;
    this.destroy();
    listener?.closed(this.#error ?? error);
  }
}
