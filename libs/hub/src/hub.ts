import { sendBudget } from '#engine';
import { Answers } from './answers/answers.js';
import { Cluster } from './cluster/cluster.js';
import { CLUSTER_OPTIONS } from './cluster/cluster-options.js';
import type { ClusterInternals } from './cluster/cluster-internals.js';
import { ClusterNode } from './cluster/cluster-node.js';
import type { Connection } from './connection/connection.js';
import { kCore } from './connection/connection-core.js';
import { Phase } from './connection/state/phase.js';
import { ConnectionRegistry } from './connection/connection-registry.js';
import {
  snapshot,
  type HandshakeSnapshot,
  type SnapshotOptions,
  type SnapshotSource,
} from './connection/handshake-snapshot.js';
import type { MessageHandler } from './dispatch/message-router.js';
import type { ErrorContext, ErrorReporter } from './connection/error-context.js';
import { Drain } from './drain/drain.js';
import { drainPlan, type HubCloseOptions } from './drain/drain-options.js';
import type { EndpointConfig } from './endpoint/endpoint-config.js';
import { Endpoint, type EndpointHost } from './endpoint/endpoint.js';
import { History } from './history/history.js';
import { HUB_OPTIONS, warn, type HubOptions, type HubStats } from './hub-options.js';
import { addressKey } from './limits/address-key.js';
import { ClientAddress } from './limits/client-address.js';
import { ConnectionLimits } from './limits/connection-limits.js';
import { RateLimiter } from './limits/rate-limiter.js';
import { SlowConsumers } from './limits/slow-consumers.js';
import { ackHandler } from './commands/ack-handler.js';
import { mailHandler } from './commands/mail-handler.js';
import { Mailbox } from './mailbox/mailbox.js';
import { usagePlace } from './options/option-place.js';
import { Presence } from './presence/presence.js';
import type { Broadcaster } from './rooms/broadcaster.js';
import { roomHandlers } from './commands/room-access.js';
import { Rooms } from './rooms/rooms.js';
import { Uploads } from './uploads/uploads.js';
import { HubCloseCauses } from './wire/close-causes.js';
import { joinQueries } from './cluster/query/node-queries.js';
import { sharedServices, type SharedServices } from './cluster/shared-services.js';
import { systemClock } from './support/clock.js';
import type { HubScope } from './support/hub-scope.js';
import { KeepAlive } from './support/keep-alive.js';
import { KnownCodecs } from './wire/encoded/known-codecs.js';
import { inStoreTime } from './wire/in-store-time.js';
import { kArrived, kClose, kIdentify } from './support/own-names.js';

/** Milliseconds the broker gets for what waits, when there is time left. */
const CLUSTER_LAST_CALL = 2_000;
/** Milliseconds that stores, and then the broker, get when there is no time left. */
const LEAST_CALL = 250;

/** All connections of a process, whatever path they came in by, and what they share. */
export class Hub {
  readonly registry: ConnectionRegistry;
  readonly rooms: Rooms;
  readonly history: History;
  readonly presence: Presence;
  readonly mailbox: Mailbox;
  /** The other nodes of the application. */
  readonly cluster: Cluster;
  /** Counts connections and upgrades under way; refuses when there are enough. */
  readonly limits: ConnectionLimits;
  /** Finds the client behind trusted proxies. */
  readonly addresses: ClientAddress;
  readonly #answers: Answers;
  readonly #uploads: Uploads;
  readonly #codecs = new KnownCodecs();
  /** Undefined without a broker. */
  readonly #node: ClusterNode | undefined;
  /** Undefined without a broker. */
  readonly #shared: SharedServices | undefined;
  readonly #rates: RateLimiter;
  readonly #slow: SlowConsumers;
  readonly #host: EndpointHost;
  readonly #scope: HubScope;
  readonly #onError: ErrorReporter;
  /** A broker that is away has no socket, and our timers end no process' sleep: it would end. */
  readonly #awake = new KeepAlive();
  /** Connections accepted whose disconnect hook has not settled. */
  #unfinished = 0;
  #closing: Promise<void> | undefined;
  #emptied: (() => void) | undefined;

  /**
   * @param internals what tests of clusters set
   * @throws {UsageError} for an unknown option, or one that is out of its range.
   */
  constructor(given: HubOptions = {}, internals: ClusterInternals = {}) {
    const failed = (error: unknown): void => this.#failed(error);
    const options = HUB_OPTIONS.resolve(given, usagePlace('hub'));
    const { maxRoomsPerConnection } = options;
    this.#onError = options.onError ?? warn;
    this.registry = new ConnectionRegistry(options.userId, failed);
    const { broker, cluster = {}, connections = {} } = options;
    const { clock = systemClock } = internals;
    const parts = { registry: this.registry, codecs: this.#codecs, clock, report: failed };
    if (broker !== undefined) {
      const settings = CLUSTER_OPTIONS.override(CLUSTER_OPTIONS.defaults, cluster);
      const hub = { codecs: this.#codecs, connections: this.registry, report: failed };
      const node = new ClusterNode(broker, settings, hub, internals);
      this.#node = node;
      this.#shared = sharedServices({
        ...parts,
        broker,
        node,
        cluster,
        connections,
        closedAsSurplus: (scope) => this.limits.closedAsSurplus(scope),
      });
    }
    this.cluster = new Cluster(this.#node);
    this.#scope = Object.freeze({ hub: this, node: this.cluster.node });
    const roomsOptions = { maxRoomsPerConnection };
    this.rooms = new Rooms(this.registry, roomsOptions, failed, this.#node, this.#scope);
    const requests = joinQueries({ ...parts, rooms: this.rooms, bus: this.#node?.bus });
    this.#node?.attach(this.rooms, this.registry, requests);
    this.history = new History(this.rooms, options.history ?? {}, failed, this.#shared?.history);
    const people = this.#shared?.people.presence;
    this.presence = new Presence(this.rooms, options.presence ?? {}, failed, people);
    this.mailbox = new Mailbox(this.registry, options.mailbox ?? {}, failed, this.#shared?.mail);
    const users = { of: (userId: string) => this.registry.byUser(userId).size };
    this.limits = new ConnectionLimits(
      connections,
      this.#shared?.people.users ?? users,
      this.#shared?.people.addresses,
    );
    this.addresses = new ClientAddress(options.trustedProxies);
    this.#answers = new Answers(options.idempotency, addressKey);
    this.#uploads = new Uploads(options.uploads, addressKey);
    this.#rates = new RateLimiter(options.rate);
    this.#slow = new SlowConsumers(options.onSlowConsumer, failed);
    if (options.sendBudget !== undefined) sendBudget.limit = options.sendBudget;
    this.#host = this.#makeHost();
  }

  /** Sends to rooms, users and everyone. */
  get broadcaster(): Broadcaster {
    return this.rooms.broadcaster;
  }

  /** Whether `close` has been called: endpoints accept nobody any more. */
  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /** Counters since the start, and what is open now. */
  get stats(): HubStats {
    return {
      connections: this.limits.stats,
      users: this.registry.users,
      rooms: this.rooms.count,
      rateLimited: { ...this.#rates.stats },
      slowConsumers: this.#slow.stats,
      mailbox: this.mailbox.stats,
      calls: this.#answers.stats,
      uploads: this.#uploads.stats,
    };
  }

  /**
   * What is kept of an opening, for whoever decides about it and for its connection: made once. The
   * client's address is found here, as far as trusted proxies tell it.
   */
  snapshot(
    opening: SnapshotSource,
    options: Pick<SnapshotOptions, 'params' | 'protocol'> = {},
  ): HandshakeSnapshot {
    return snapshot(opening, { ...options, ip: this.addresses.of(opening) });
  }

  /** @throws {UsageError} for an unknown option, or one that is out of its range. */
  endpoint(config: EndpointConfig): Endpoint {
    return new Endpoint(this.#host, config);
  }

  /**
   * Joins the other nodes of the application. Settles when the broker is there, or after 2 seconds without it,
   * with a process warning: this node is alone then, and goes on trying. Without a broker it has nothing to do.
   * @throws {BrokerUnavailable} as a rejection, when the broker is `required` and not there by then
   */
  start(): Promise<void> {
    return this.#node === undefined ? Promise.resolve() : this.#start(this.#node);
  }

  /**
   * Refuses new connections, tells everybody, lets handlers finish, closes all connections in batches
   * and waits until they have closed and their disconnect hooks have settled. At the deadline the
   * rest are terminated. Never rejects once it has begun; a second call waits for the first.
   * @throws {UsageError} for a code that may not be sent or a reason that is too long.
   */
  close(options: HubCloseOptions = {}): Promise<void> {
    const plan = drainPlan(options);
    const drain = new Drain({ ...this.#drainHost() }, plan);
    return (this.#closing ??= this.#close(drain, performance.now() + plan.deadline));
  }

  async #start(node: ClusterNode): Promise<void> {
    this.#awake.hold();
    this.cluster.observe({
      state: (state) => (state === 'up' ? this.#awake.release() : this.#awake.hold()),
    });
    try {
      await node.start();
    } catch (error) {
      this.#awake.release();
      throw error;
    }
  }

  async #close(drain: Drain, deadline: number): Promise<void> {
    if (this.#node !== undefined) this.#awake.hold();
    // A turn later `closing` is true, so that nobody slips in behind the loop.
    await Promise.resolve();
    await drain.run();
    this.#answers.close();
    this.#uploads.close();
    const left = (): number => Math.max(LEAST_CALL, deadline - performance.now());
    const closeStore = async (store: History | Mailbox): Promise<void> => {
      try {
        await inStoreTime('close store', store[kClose](), left());
      } catch (error) {
        this.#failed(error);
      }
    };
    // At once: of two that hang the second would have no time.
    await Promise.all([closeStore(this.history), closeStore(this.mailbox)]);
    this.#shared?.people.close();
    await this.#node?.close(Math.min(CLUSTER_LAST_CALL, left()));
    this.#awake.release();
  }

  #drainHost(): ConstructorParameters<typeof Drain>[0] {
    return {
      registry: this.registry,
      rooms: this.rooms,
      scope: this.#scope,
      report: this.#host.report,
      allClosed: () => this.#allClosed(),
    };
  }

  #allClosed(): Promise<void> {
    if (this.#unfinished === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#emptied = resolve;
    });
  }

  #makeHost(): EndpointHost {
    const closing = (): boolean => this.closing;
    const own: MessageHandler[] = [ackHandler(this.mailbox), mailHandler(this.mailbox)];
    return {
      scope: this.#scope,
      registry: this.registry,
      rooms: this.rooms,
      limits: this.limits,
      rates: this.#rates,
      slow: this.#slow,
      answers: this.#answers,
      uploads: this.#uploads,
      codecs: this.#codecs,
      report: (error, context) => this.#report(error, context),
      get closing(): boolean {
        return closing();
      },
      ownHandlers: (access) =>
        access === undefined ? own : [...own, ...roomHandlers(access, this)],
      admitted: (connection) => this.mailbox[kArrived](connection),
      identified: (connection) => this.#identified(connection),
      started: () => void this.#unfinished++,
      finished: () => {
        this.#unfinished--;
        if (this.#unfinished === 0) this.#emptied?.();
      },
    };
  }

  /** `connection.user` was set on an open connection: it signed in, or out. */
  #identified(connection: Connection): void {
    const before = connection.userId;
    this.registry[kIdentify](connection);
    const { userId } = connection;
    if (userId === undefined || userId === before) return;
    if (this.limits.exceededBy(userId)) {
      const { code, reason } = HubCloseCauses.TooManyOfUser;
      connection.close(code, reason);
    } else if (connection[kCore].phase === Phase.Ready) {
      void this.mailbox[kArrived](connection);
    }
  }

  #failed(error: unknown): void {
    this.#report(error, { phase: 'message', connection: undefined });
  }

  #report(error: unknown, context: ErrorContext): void {
    try {
      this.#onError(error, context);
    } catch {
      // The reporter is the last to be told; there is nobody behind it.
    }
  }
}
