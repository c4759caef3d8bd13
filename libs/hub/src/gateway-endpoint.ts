import type { Transport, TransportLimits, UpgradeRequest } from '#engine';
import { DEFAULT_LIMITS, HandshakeError, UsageError } from '#engine';
import type { CloseInfo, ConnectionOwner } from './connection/connection.js';
import { Connection } from './connection/connection.js';
import type { ConnectionRegistry } from './connection/connection-registry.js';
import { snapshot } from './connection/handshake-snapshot.js';
import { Lifecycle } from './connection/lifecycle.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import type { ErrorReporter, GatewayHooks } from './dispatch/gateway-hooks.js';
import { DEFAULT_CONCURRENCY, DEFAULT_QUEUE } from './dispatch/lane.js';
import type { MessageHandler, MessageRouter } from './dispatch/message-router.js';
import { ReplyWriter } from './dispatch/reply-writer.js';
import { DEFAULT_MAX_STREAMS } from './dispatch/streams.js';
import type { Rooms } from './rooms/rooms.js';
import type { Codec } from './wire/codec.js';
import { jsonCodec } from './wire/json.codec.js';

/** Milliseconds a connect hook may take: as long as the handshake before it. */
export const DEFAULT_CONNECT_TIMEOUT = 10_000;

/** What is served on one gateway path. */
export interface GatewayConfig {
  router: MessageRouter;
  hooks?: GatewayHooks;
  /** Gets binary messages as a Buffer, past the codec. Without it the codec decodes or refuses them. */
  onBinary?: MessageHandler;
  /** The codec of a subprotocol ('' when none was agreed on); default JSON for all of them. */
  codecFor?: (protocol: string) => Codec;
  /** Handlers of one connection under way at a time, default 1: answers keep the requests' order. */
  concurrency?: number;
  /** Messages of one connection that wait for their turn before it is paused, default 16. */
  queue?: number;
  /** Streams one connection may have open at a time, default 64; one more is an exception frame. */
  maxStreams?: number;
  /** Milliseconds the connect hook may take, default 10,000; then the connection closes 1013. */
  connectTimeout?: number;
  /** Limits of the connections of this path; default the engine's. */
  limits?: Partial<TransportLimits>;
}

export interface AcceptOptions<Data extends object = Record<string, unknown>> {
  /** One of the offered subprotocols; default none. */
  protocol?: string | undefined;
  /**
   * The offered name that the 101 states although nothing was agreed on: a browser fails a
   * connection that answers none of its offers, and one of them may be a credential.
   */
  echo?: string | undefined;
  /** Decoded path parameters. */
  params?: Readonly<Record<string, string>> | undefined;
  /** What authentication found, for `connection.user`. */
  user?: unknown;
  /** Becomes `connection.data`. */
  data?: Data | undefined;
  /** Address of the client when the socket's peer is a proxy. */
  ip?: string | undefined;
  /** Extra headers of the 101 response. */
  headers?: Record<string, string | string[]> | undefined;
}

/** The part of a hub that its endpoints share. */
export interface EndpointHost {
  readonly registry: ConnectionRegistry;
  readonly rooms: Rooms;
  readonly report: ErrorReporter;
  readonly closing: boolean;
  /** A connection was accepted; `finished` follows when all of it is over. */
  started(): void;
  finished(): void;
}

/** The part of an upgrade request an endpoint needs. */
export interface Upgrade extends Pick<
  UpgradeRequest,
  'request' | 'path' | 'protocols' | 'origin' | 'secure'
> {
  accept(options: Parameters<UpgradeRequest['accept']>[0]): Transport;
}

/**
 * One gateway path: accepts its upgrades and joins each connection to the codec, the handlers, the
 * hooks, the registry and the rooms.
 */
export class GatewayEndpoint implements ConnectionOwner<Record<string, unknown>> {
  readonly #host: EndpointHost;
  readonly #config: GatewayConfig;
  readonly #dispatcher: Dispatcher;
  readonly #lifecycle: Lifecycle;

  /** @throws {UsageError} for a limit that is not a positive integer. */
  constructor(host: EndpointHost, config: GatewayConfig) {
    const hooks = config.hooks ?? {};
    const { report } = host;
    const writer = new ReplyWriter(hooks, report);
    this.#host = host;
    this.#config = config;
    this.#dispatcher = new Dispatcher({
      router: config.router,
      onBinary: config.onBinary,
      writer,
      report,
      lane: {
        concurrency: count('concurrency', config.concurrency, DEFAULT_CONCURRENCY),
        queue: count('queue', config.queue, DEFAULT_QUEUE),
      },
      maxStreams: count('maxStreams', config.maxStreams, DEFAULT_MAX_STREAMS),
      softMark: config.limits?.sendSoftMark ?? DEFAULT_LIMITS.sendSoftMark,
    });
    this.#lifecycle = new Lifecycle({
      hooks,
      writer,
      report,
      connectTimeout: count('connectTimeout', config.connectTimeout, DEFAULT_CONNECT_TIMEOUT),
      finished: () => host.finished(),
    });
  }

  /** False from the moment the hub began to close. */
  get accepting(): boolean {
    return !this.#host.closing;
  }

  /**
   * Accepts the upgrade, registers the connection and runs the connect hook. Messages are
   * dispatched once that has settled; what the client sends before is held back.
   *
   * @throws {HandshakeError} 503 while the hub is closing: the upgrade is left for the caller to
   * reject with the error's status and headers.
   * @throws {UsageError} when the client has left, or did not offer the protocol.
   */
  accept(upgrade: Upgrade, options: AcceptOptions = {}): Connection {
    if (!this.accepting) {
      throw new HandshakeError(
        'Cannot accept connection: the server is shutting down',
        'WS_ERR_SHUTTING_DOWN',
        503,
        { 'Retry-After': '1' },
      );
    }
    const { protocol, echo, params, ip, headers } = options;
    const stated = protocol === undefined || protocol === '' ? echo : protocol;
    const codec = this.#config.codecFor?.(protocol ?? '') ?? jsonCodec;
    const connection = new Connection(this, codec, snapshot(upgrade, { params, protocol, ip }));
    const transport: Transport = upgrade.accept({
      listener: connection,
      ...(stated !== undefined && { protocol: stated }),
      ...(headers !== undefined && { headers }),
      ...(this.#config.limits !== undefined && { limits: this.#config.limits }),
    });
    connection.attach(transport, options.user, options.data);
    this.#host.started();
    this.#host.registry.add(connection);
    this.#lifecycle.open(connection);
    return connection;
  }

  /** @internal */
  onText(connection: Connection, text: string): void {
    this.#dispatcher.onText(connection, text);
  }

  /** @internal */
  onBinary(connection: Connection, payload: Buffer): void {
    this.#dispatcher.onBinary(connection, payload);
  }

  /** @internal */
  onDrain(connection: Connection): void {
    this.#dispatcher.onDrain(connection);
  }

  /** @internal */
  onError(connection: Connection, error: Error): void {
    this.#host.report(error, { phase: 'transport', connection });
  }

  /** @internal */
  onClose(connection: Connection, info: CloseInfo): void {
    this.#host.registry.remove(connection);
    this.#host.rooms.evict(connection);
    connection.finish(info);
    this.#lifecycle.closed(connection, info);
  }
}

function count(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(
    `Cannot use option ${name}: a positive integer is expected, current value is ${value}`,
  );
}
