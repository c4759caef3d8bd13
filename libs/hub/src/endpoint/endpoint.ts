import {
  DEFAULT_LIMITS,
  HandshakeError,
  type DropRule,
  type SendPolicy,
  type Transport,
  type TransportLimits,
  type UpgradeRequest,
} from '#engine';
import type { ConnectionOwner } from '../connection/connection-owner.js';
import type { CloseInfo } from '../connection/state/connection-end.js';
import { Connection } from '../connection/connection.js';
import type { ConnectionRegistry } from '../connection/connection-registry.js';
import { forgetParsed, type HandshakeSnapshot } from '../connection/handshake-snapshot.js';
import { tellClosed, tellOpened } from '../diagnostics/connection-ends.js';
import { about } from '../diagnostics/connection-news.js';
import { told } from '../diagnostics/told.js';
import type { HubScope } from '../support/hub-scope.js';
import { Lifecycle } from './lifecycle.js';
import { BoundedHook } from './bounded-hook.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import type { ErrorReporter } from '../connection/error-context.js';
import type { EndpointHooks } from './endpoint-hooks.js';
import { ENDPOINT_OPTIONS, type EndpointConfig } from './endpoint-config.js';
import { answerCommands } from '../commands/answer-commands.js';
import type { Answers } from '../answers/answers.js';
import { cancelCommand } from '../commands/cancel-command.js';
import { pingCommand } from '../commands/ping-command.js';
import type { Command } from '../dispatch/command.js';
import type { MessageHandler } from '../dispatch/message-router.js';
import { ReplyWriter } from '../dispatch/reply-writer.js';
import { runHook } from './run-hook.js';
import type { ConnectionLimits } from '../limits/connection-limits.js';
import { rateLimited, RateLimiter as Limiter, type RateLimiter } from '../limits/rate-limiter.js';
import { DefaultRules, type SlowConsumers } from '../limits/slow-consumers.js';
import { usagePlace } from '../options/option-place.js';
import type { Resolved } from '../options/option-table.js';
import type { RoomAccess } from '../commands/room-access.js';
import type { Uploads } from '../uploads/uploads.js';
import type { Rooms } from '../rooms/rooms.js';
import type { Codec } from '../wire/codec.js';
import type { Envelope } from '../wire/envelope.js';
import { jsonCodec } from '../wire/json.codec.js';
import type { KnownCodecs } from '../wire/encoded/known-codecs.js';
import { HubCloseCauses } from '../wire/close-causes.js';
import { kCore } from '../connection/connection-core.js';
import { kAdd, kEvict, kRemove } from '../support/own-names.js';

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [cancelCommand, pingCommand, ...answerCommands].map((command) => [command.event, command]),
);

export interface AcceptOptions<Data extends object = Record<string, unknown>> {
  /**
   * The offered name that the 101 states although nothing was agreed on: a browser fails a
   * connection that answers none of its offers, and one of them may be a credential.
   */
  echo?: string | undefined;
  /** What authentication found, for `connection.user`. */
  user?: unknown;
  /** Becomes `connection.data`. */
  data?: Data | undefined;
  /** Extra headers of the 101 response. */
  headers?: Record<string, string | string[]> | undefined;
}

/** The part of a hub that its endpoints share. */
export interface EndpointHost {
  readonly registry: ConnectionRegistry;
  readonly rooms: Rooms;
  readonly limits: ConnectionLimits;
  readonly rates: RateLimiter;
  readonly slow: SlowConsumers;
  /** Of calls with a key. */
  readonly answers: Answers;
  readonly uploads: Uploads;
  /** Gets every codec that is spoken. */
  readonly codecs: KnownCodecs;
  readonly report: ErrorReporter;
  readonly closing: boolean;
  readonly scope: HubScope;
  /** Handlers of the wire format's own events. */
  ownHandlers(access: RoomAccess | undefined): readonly MessageHandler[];
  /** The connect hook has let a connection in. @returns what its first message has to wait for */
  admitted(connection: Connection): Promise<void> | undefined;
  /** `connection.user` was set. */
  identified(connection: Connection): void;
  /** A connection was accepted; `finished` follows when all of it is over. */
  started(): void;
  finished(): void;
}

/** The part of an upgrade request an endpoint needs. */
export interface Upgrade {
  accept(options: Parameters<UpgradeRequest['accept']>[0]): Transport;
}

/**
 * One path: accepts its upgrades and joins each connection to the codec, the handlers, the
 * hooks, the registry and the rooms.
 */
export class Endpoint implements ConnectionOwner<Connection> {
  readonly node: string;
  readonly path: string;
  readonly scope: HubScope;
  readonly #host: EndpointHost;
  readonly #config: Resolved<typeof ENDPOINT_OPTIONS>;
  readonly #dispatcher: Dispatcher;
  readonly #lifecycle: Lifecycle;
  readonly #hooks: EndpointHooks;
  // Undefined where the path has no such hook.
  readonly #ping: BoundedHook<[payload: Buffer]> | undefined;
  readonly #pong: BoundedHook<[payload: Buffer]> | undefined;
  readonly #drain: BoundedHook<[]> | undefined;
  readonly #writer: ReplyWriter;
  readonly #rules: DefaultRules;
  /** Undefined while nothing is limited, so that a message costs nothing then. */
  readonly #rates: RateLimiter | undefined;

  /** @throws {UsageError} for an unknown option, or one that is out of its range. */
  constructor(host: EndpointHost, given: EndpointConfig) {
    const { report } = host;
    const config = ENDPOINT_OPTIONS.resolve(given, usagePlace('endpoint'));
    const { hooks, concurrency, queueSize, queueBytes } = config;
    const writer = new ReplyWriter(hooks, report);
    const rates = config.rate === undefined ? host.rates : new Limiter(config.rate);
    this.#host = host;
    this.node = host.scope.node;
    this.scope = host.scope;
    this.path = config.path;
    this.#config = config;
    this.#writer = writer;
    this.#rates = rates.active ? rates : undefined;
    const spoken = config.codecs ?? (config.codecFor === undefined ? [jsonCodec] : []);
    for (const codec of spoken) host.codecs.add(codec);
    this.#rules = new DefaultRules(config.slowConsumers);
    this.#dispatcher = new Dispatcher({
      router: config.router,
      onBinary: config.onBinary,
      own: new Map(host.ownHandlers(config.access).map((handler) => [handler.event, handler])),
      commands: COMMANDS,
      answers: host.answers,
      uploads: host.uploads,
      maxMessage: longestMessage(config.limits),
      writer,
      report,
      lane: { concurrency, queueSize, queueBytes },
      maxStreams: config.maxStreams,
      softMark: config.limits?.sendSoftMark ?? DEFAULT_LIMITS.sendSoftMark,
    });
    this.#hooks = hooks;
    if (hooks.ping !== undefined) {
      const call = hooks.ping.bind(hooks);
      this.#ping = new BoundedHook({ name: 'ping', call, report, again: false });
    }
    if (hooks.pong !== undefined) {
      const call = hooks.pong.bind(hooks);
      this.#pong = new BoundedHook({ name: 'pong', call, report, again: false });
    }
    if (hooks.drain !== undefined) {
      const call = hooks.drain.bind(hooks);
      // Whoever goes on sending in it would wait for ever for one that was left out.
      this.#drain = new BoundedHook({ name: 'drain', call, report, again: true });
    }
    this.#lifecycle = new Lifecycle({
      hooks,
      writer,
      report,
      connectTimeout: config.connectTimeout,
      admitted: (connection) => host.admitted(connection),
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
   * @param handshake becomes the connection's; its `protocol`, if any, is stated in the response
   * @throws {HandshakeError} 503 while the hub is closing, or when there are enough connections: the
   * upgrade is left for the caller to reject with the error's status and headers.
   * @throws {UsageError} when the client has left, or did not offer the protocol.
   */
  accept(upgrade: Upgrade, handshake: HandshakeSnapshot, options: AcceptOptions = {}): Connection {
    if (!this.accepting) {
      throw new HandshakeError(
        'Cannot accept connection: the server is shutting down',
        'WS_ERR_SHUTTING_DOWN',
        503,
        { 'Retry-After': '1' },
      );
    }
    const { echo, headers } = options;
    const { ip, protocol } = handshake;
    const { registry, limits } = this.#host;
    limits.checkRoom(ip);
    const userId = registry.idOf(options.user);
    if (userId !== undefined) limits.checkUser(userId);
    const stated = protocol === '' ? echo : protocol;
    const codec = this.#config.codecFor?.(protocol) ?? jsonCodec;
    forgetParsed(handshake);
    const connection = new Connection(this, codec, handshake);
    const transport: Transport = upgrade.accept({
      listener: connection[kCore],
      ...(stated !== undefined && { protocol: stated }),
      ...(headers !== undefined && { headers }),
      ...(this.#config.limits !== undefined && { limits: this.#config.limits }),
    });
    connection[kCore].attach(transport, options.user, options.data);
    this.#host.started();
    this.#host.codecs.add(codec);
    limits.opened(ip);
    registry[kAdd](connection);
    tellOpened(connection, transport);
    this.#lifecycle.open(connection);
    return connection;
  }

  /** @internal */
  onText(connection: Connection, text: string, bytes: number): void {
    if (this.#rates !== undefined && !this.#passes(this.#rates, connection, text, bytes)) return;
    this.#dispatcher.onText(connection, text, bytes);
  }

  /** @internal */
  onBinary(connection: Connection, payload: Buffer): void {
    // Uploads have bounds of their own: no more comes than was asked for.
    if (this.#host.uploads.take(connection, payload)) return;
    const { length } = payload;
    if (this.#rates !== undefined && !this.#passes(this.#rates, connection, payload, length))
      return;
    this.#dispatcher.onBinary(connection, payload);
  }

  /** @internal */
  onHeld(connection: Connection, payload: string | Buffer): void {
    if (typeof payload !== 'string' && this.#host.uploads.take(connection, payload)) return;
    this.#dispatcher.onHeld(connection, payload);
  }

  /** @internal */
  get hearsPings(): boolean {
    return this.#ping !== undefined;
  }

  /** @internal */
  get hearsPongs(): boolean {
    return this.#pong !== undefined;
  }

  /** @internal */
  onPing(connection: Connection, payload: Buffer): void {
    this.#ping?.run(connection, payload);
  }

  /** @internal */
  onPong(connection: Connection, payload: Buffer): void {
    this.#pong?.run(connection, payload);
  }

  /** @internal */
  onDrain(connection: Connection): void {
    this.#dispatcher.onDrain(connection);
    this.#drain?.run(connection);
  }

  /** @internal */
  onError(connection: Connection, error: Error): void {
    const { slow, report } = this.#host;
    slow.failed(connection, error);
    report(error, { phase: 'transport', connection });
    // No need to bound it: a connection fails once.
    void runHook(
      () => this.#hooks.error?.(connection, error),
      (failure) => report(failure, { phase: 'error', connection }),
    );
  }

  /** @internal */
  onUser(connection: Connection): void {
    this.#host.identified(connection);
  }

  /** @internal */
  onDropped(connection: Connection, messages: number, policy: SendPolicy): void {
    this.#host.slow.dropped(connection, messages, policy);
  }

  /** @internal */
  dropRule(event: string): DropRule | undefined {
    return this.#rules.for(event);
  }

  /** @internal */
  onClose(connection: Connection, info: CloseInfo): void {
    this.#host.limits.closed(connection.handshake.ip);
    this.#host.registry[kRemove](connection);
    this.#host.rooms[kEvict](connection);
    this.#host.uploads.closed(connection);
    connection[kCore].finish(info);
    tellClosed(connection, info);
    this.#lifecycle.closed(connection, info);
  }

  /** Whether a message is within the limits of its sender; if not, it is answered here. */
  #passes(
    rates: RateLimiter,
    connection: Connection,
    payload: string | Buffer,
    bytes: number,
  ): boolean {
    const violation = rates.check(connection, bytes);
    if (violation === undefined) return true;
    const request = bytes <= MAX_PEEKED ? peek(connection[kCore].codec, payload) : undefined;
    this.#writer.fail(connection, request, rateLimited(violation));
    if (told.rateLimited.hasSubscribers) {
      const { scope: limit, kind } = violation;
      const action = rates.onViolation;
      told.rateLimited.publish({ ...about(connection), event: undefined, limit, kind, action });
    }
    if (rates.onViolation === 'close') {
      connection.close(HubCloseCauses.RateLimit.code, HubCloseCauses.RateLimit.reason);
    }
    return false;
  }
}

function longestMessage(limits: Partial<TransportLimits> = {}): number {
  const { maxPayload, maxFrame } = { ...DEFAULT_LIMITS, ...limits };
  // 0 is no limit.
  return Math.min(maxPayload || Infinity, maxFrame || Infinity);
}

/** Bytes of a refused message that are worth decoding to find out which request to answer. */
const MAX_PEEKED = 4 * 1024;

function peek(codec: Codec, payload: string | Buffer): Envelope | undefined {
  try {
    return codec.decode(payload);
  } catch {
    return undefined;
  }
}
