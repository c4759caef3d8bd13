type Listener = (...args: never[]) => void;

/** A client of the package `redis` that the application has; only `duplicate` of it is called. */
export interface NodeRedisClient {
  readonly options?: object | undefined;
  duplicate(overrides?: object): unknown;
  sendCommand(args: readonly string[]): Promise<unknown>;
}

/** A client of the package `ioredis` that the application has; only `duplicate` of it is called. */
export interface IoRedisClient {
  readonly status: string;
  duplicate(overrides?: object): unknown;
  callBuffer(command: string, ...args: unknown[]): Promise<unknown>;
}

/** What is used of a client of `redis`. */
export interface NodeRedis {
  connect(): Promise<unknown>;
  sendCommand(args: readonly (string | Buffer)[]): Promise<unknown>;
  subscribe(
    channels: readonly string[],
    listener: (message: unknown, channel: unknown) => void,
    buffers: true,
  ): Promise<unknown>;
  unsubscribe(
    channels: readonly string[],
    listener: (message: unknown, channel: unknown) => void,
    buffers: true,
  ): Promise<unknown>;
  on(event: string, listener: Listener): unknown;
  destroy(): void;
}

/** What is used of a client of `ioredis`. */
export interface IoRedis {
  connect(): Promise<unknown>;
  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  subscribe(...channels: string[]): Promise<unknown>;
  unsubscribe(...channels: string[]): Promise<unknown>;
  on(event: string, listener: Listener): unknown;
  disconnect(reconnect?: boolean): void;
}

/** Whether it is one client of one server of `redis`: no pool, cluster or Sentinel client. */
export function isNodeRedis(value: unknown): value is NodeRedisClient {
  return (
    has(value, 'duplicate', 'sendCommand', 'withTypeMapping', 'subscribe') &&
    !('masters' in value) &&
    !('getSentinelNode' in value)
  );
}

/** Whether it is a client of `ioredis`, also one that asks Sentinels; no cluster. */
export function isIoRedis(value: unknown): value is IoRedisClient {
  return (
    has(value, 'duplicate', 'callBuffer', 'subscribe') &&
    !('isCluster' in value && value.isCluster === true)
  );
}

function has(value: unknown, ...methods: string[]): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    methods.every((name) => typeof Reflect.get(value, name) === 'function')
  );
}
