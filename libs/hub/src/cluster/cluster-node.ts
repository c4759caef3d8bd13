import { randomBytes } from 'node:crypto';
import { ALL, nodeChannel, roomChannel } from '../broker/channel.js';
import type { Broker, BrokerSession } from '../broker/broker.js';
import type { Resolved } from '../options/option-table.js';
import type { Broadcaster } from '../rooms/broadcaster.js';
import type { Relay } from '../rooms/relay.js';
import { systemClock, type Clock } from '../support/clock.js';
import type { NodeInfo } from './bus/cluster-bus.js';
import { MessageKind } from './bus/message-kind.js';
import type { CLUSTER_OPTIONS } from './cluster-options.js';
import { giveBack, takeBroker } from './broker-owner.js';
import { VERSIONS, type ClusterHub, type ClusterInternals } from './cluster-internals.js';
import { ClusterObservers } from './cluster-observer.js';
import type { ClusterStats } from './cluster-stats.js';
import type { Gap } from './delivery/gap.js';
import { Publisher } from './delivery/publisher.js';
import { Receiver } from './delivery/receiver.js';
import { writeTailsAsk } from './delivery/tails.js';
import { Drops } from './drops.js';
import { GapNotices } from './gap-notices.js';
import { Inbox } from './inbox.js';
import type { DropReason, LinkHost, OutboxEntry } from './link/link-host.js';
import { Link } from './link/link.js';
import { LocalDelivery } from './local-delivery.js';
import { LocalChannels, type LocalClients } from './local-channels.js';
import { writeHeartbeat } from './members/heartbeat.js';
import { Members } from './members/members.js';
import type { ClusterMessage, VersionRange } from './message/cluster-message.js';
import type { IgnoredReason } from './bus/ignored-reason.js';
import { MessageEncoder } from './message/message-encoder.js';
import { Seal } from './message/seal.js';
import { NodeBus } from './node-bus.js';
import type { RequestQueries } from './query/request-queries.js';

/** Milliseconds a broker gets to let go of what it has. */
const CLOSE_LIMIT = 1_000;

interface LocalRooms {
  readonly broadcaster: Broadcaster;
  readonly count: number;
}

/** One node among others: joins the link, delivery, members and the bus. */
export class ClusterNode implements LinkHost, Relay {
  readonly node: string;
  readonly startedAt: number;
  readonly bus: NodeBus;
  readonly observers: ClusterObservers;
  readonly #broker: Broker;
  readonly #options: Resolved<typeof CLUSTER_OPTIONS>;
  readonly #hub: ClusterHub;
  readonly #clock: Clock;
  readonly #versions: VersionRange;
  readonly #link: Link;
  readonly #encoder: MessageEncoder;
  readonly #members: Members;
  readonly #publisher: Publisher;
  readonly #receiver: Receiver;
  readonly #notices: GapNotices | undefined;
  readonly #inbox: Inbox;
  readonly #local: LocalDelivery;
  readonly #drops: Drops;
  #rooms!: LocalRooms & LocalClients['rooms'];
  #channels!: LocalChannels;
  #requests!: RequestQueries;
  #unlogged = 0;
  #wasUp = false;
  #closed: Promise<void> | undefined;

  constructor(
    broker: Broker,
    options: Resolved<typeof CLUSTER_OPTIONS>,
    hub: ClusterHub,
    { clock = systemClock, node, versions = VERSIONS }: ClusterInternals = {},
  ) {
    const { delivery, required, secret, notifyGap } = options;
    const repairs = delivery === 'at-least-once';
    this.node = node ?? randomBytes(8).toString('hex');
    this.startedAt = clock.now();
    this.#broker = broker;
    this.#options = options;
    this.#hub = hub;
    this.#clock = clock;
    this.#versions = versions;
    const seal = secret === undefined ? undefined : new Seal(secret);
    this.observers = new ClusterObservers(this.node, (error) => this.report(error));
    this.#local = new LocalDelivery(
      () => this.#rooms.broadcaster,
      hub.codecs,
      (error) => this.report(error),
    );
    this.#drops = new Drops(
      this.observers,
      () => this.#publisher,
      clock,
      () => this.state === 'up',
    );
    this.#link = new Link(broker, this, { clock, delivery, required });
    this.#encoder = new MessageEncoder(this.node, seal, () => this.#members.version);
    this.#members = new Members({
      clock,
      versions,
      send: (kind, to) => this.#sendHeartbeat(kind, to),
      nodeUp: (info) => this.#nodeUp(info),
      nodeDown: (info, said) => this.#nodeDown(info, said),
    });
    this.#publisher = new Publisher({
      clock,
      encoder: this.#encoder,
      codecs: hub.codecs,
      log: repairs,
      publish: (entry) => this.#link.publish(entry),
      isLocal: (id) => hub.connections.has(id),
      refused: (channels, error) => {
        this.#drops.refused(channels);
        this.report(error);
      },
      report: (error) => this.report(error),
    });
    this.#receiver = new Receiver({
      deliver: (broadcast) => this.#local.deliver(broadcast),
      holds: (channel) => this.#channels.needs(channel),
      alive: (id) => this.#members.peers.has(id),
      heardUpTo: () => this.#link.heardUpTo,
      parse: (bytes) => this.#inbox.parse(bytes),
      gap: (gap) => this.#gap(gap),
      ignored: (reason, channel) => this.#inbox.ignore(reason, channel),
      report: (error) => this.report(error),
      clock,
      repairs,
    });
    this.bus = new NodeBus({
      node: this.node,
      link: this.#link,
      encoder: this.#encoder,
      peers: this.#members.peers,
      seq: () => this.#publisher.seq,
      ignored: (reason, channel) => this.#inbox.ignore(reason, channel),
      report: (error) => this.report(error),
    });
    this.#inbox = new Inbox(
      () => ({ node: this.node, versions, seal, maxMessage: this.#link.maxMessage }),
      this.observers,
      {
        broadcast: (channel, message) => this.#receiver.receive(channel, message),
        member: (message) => this.#member(message),
        tails: (id, tails) => this.#receiver.tails(id, tails),
        tailsAsked: (id, after) => this.#publisher.tell(nodeChannel(id), after),
        other: (channel, message) => this.bus.received(channel, message),
      },
    );
    if (notifyGap) this.#notices = new GapNotices(() => this.#rooms, clock);
    this.#link.hold(ALL);
    this.#link.hold(nodeChannel(this.node));
  }

  /** Whoever is on this node; before anything else. */
  attach(
    rooms: LocalRooms & LocalClients['rooms'],
    users: LocalClients['users'],
    requests: RequestQueries,
  ): void {
    this.#requests = requests;
    this.#rooms = rooms;
    this.#channels = new LocalChannels({ rooms, users }, this.#link);
  }

  get state(): Link['state'] {
    return this.#link.state;
  }

  get info(): NodeInfo {
    const { connections, codecs } = this.#hub;
    return {
      id: this.node,
      name: this.#options.name,
      startedAt: this.startedAt,
      connections: connections.size,
      users: connections.users,
      rooms: this.#rooms.count,
      codecs: codecs.names(),
    };
  }

  get stats(): ClusterStats {
    const { sent, dropped, waiting, waitingBytes } = this.#link.stats;
    return {
      sent,
      received: this.#inbox.received,
      ...this.#receiver.stats,
      unlogged: this.#unlogged,
      dropped: { ...dropped, address: this.#drops.refusals },
      ignored: { ...this.#inbox.ignored },
      outbox: { entries: waiting, bytes: waitingBytes },
      reencoded: this.#local.reencoded,
      evicted: this.#receiver.evicted,
    };
  }

  /** See `Hub.start`. */
  async start(): Promise<void> {
    if (this.#closed !== undefined) return;
    await takeBroker(this.#broker, this.node, () => this.#link.start());
    if (this.#link.state === 'up' || this.#closed !== undefined) return;
    const reason = this.#link.error?.message ?? 'it does not answer';
    process.emitWarning(
      `Cannot reach the broker ${this.#broker.name}: this node is alone until it is there (${reason})`,
      { code: 'NESTWIRE_BROKER_UNAVAILABLE' },
    );
  }

  /** Says goodbye, sends what waits and ends the link, within `limit` milliseconds. Never rejects. */
  close(limit: number): Promise<void> {
    this.#closed ??= this.#close(limit);
    return this.#closed;
  }

  forward(...broadcast: Parameters<Relay['forward']>): void {
    this.#publisher.forward(...broadcast);
  }

  request(...request: Parameters<Relay['request']>): ReturnType<Relay['request']> {
    return this.#requests.request(...request);
  }

  settled(room: string): Promise<void> {
    return this.#link.settled(roomChannel(room));
  }

  received(channel: string, bytes: Uint8Array): void {
    this.#inbox.receive(channel, bytes);
  }

  opened(session: BrokerSession): Promise<void> {
    return this.#receiver.opened(session);
  }

  up(): void {
    this.#receiver.up();
    this.#members.up();
    if (this.#wasUp) this.#askTails(this.#receiver.unsure());
    this.#wasUp = true;
    this.#drops.tell();
    this.bus.tell((one) => one.up?.());
    this.observers.state('up');
  }

  down(error: Error): void {
    this.#receiver.closed();
    this.#members.down();
    this.bus.tell((one) => one.down?.());
    this.observers.state('down', error);
  }

  dropped(entries: readonly OutboxEntry[], reason: DropReason): void {
    this.#drops.dropped(entries, reason);
  }

  unsubscribed(channel: string): void {
    this.#receiver.unsubscribed(channel);
  }

  unlogged(messages: number, error: Error): void {
    // Told once: it goes on until somebody mends the broker.
    if (this.#unlogged === 0) this.report(error);
    this.#unlogged += messages;
  }

  ignored(channel: string): void {
    this.#inbox.ignore('foreign', channel);
  }

  report(error: unknown): void {
    this.#hub.report(error);
  }

  async #close(limit: number): Promise<void> {
    if (this.state === 'up') this.#members.bye();
    else this.#members.down();
    await this.#within(limit, () => this.#link.stop());
    await giveBack(this.#broker, this.node, () =>
      this.#within(CLOSE_LIMIT, () => this.#broker.close?.()),
    );
  }

  /** Whatever a broker does, it ends in time. */
  async #within(limit: number, end: () => Promise<void> | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(limit, resolve);
      void Promise.resolve()
        .then(end)
        .catch((error: unknown) => this.report(error))
        .then(() => this.#clock.clear(timer))
        .then(resolve);
    });
  }

  #gap(gap: Gap): void {
    this.observers.gap(gap);
    this.#notices?.tell(gap);
  }

  #member({ kind, node, seq, payload }: ClusterMessage): IgnoredReason | undefined {
    const ignored = this.#members.received(kind, node, payload);
    if (ignored !== undefined || kind === MessageKind.Bye) return ignored;
    this.#receiver.heard(node, seq);
    const unsure = this.#receiver.unsure().filter(([id]) => id === node);
    if (unsure.length > 0) this.#askTails(unsure);
    return undefined;
  }

  #askTails(asked: readonly (readonly [string, number])[]): void {
    if (asked.length === 0) return;
    this.#control(ALL, MessageKind.TailsAsk, (writer) => writeTailsAsk(writer, asked));
  }

  #sendHeartbeat(kind: MessageKind, to: string | undefined): void {
    const beat = { ...this.info, versions: this.#versions };
    // Nodes of every version have to read it.
    this.#control(
      to === undefined ? ALL : nodeChannel(to),
      kind,
      (writer) => writeHeartbeat(writer, beat),
      // Who hears of this node now has to know what is still on its way.
      { seq: (this.#link.firstSeq ?? this.#publisher.seq + 1) - 1, version: this.#versions.min },
    );
  }

  #control(
    channel: string,
    kind: MessageKind,
    write: Parameters<MessageEncoder['encode']>[2],
    { seq, version }: { seq?: number; version?: number } = {},
  ): void {
    const header = { seq: seq ?? this.#publisher.seq, prev: 0, flags: 0 };
    this.#link.control(channel, this.#encoder.encode(kind, header, write, 0, version));
  }

  #nodeUp(info: NodeInfo): void {
    this.bus.tell((one) => one.nodeUp?.(info));
    this.observers.nodeUp(info);
  }

  #nodeDown(info: NodeInfo, said: boolean): void {
    this.#receiver.gone(info.id, said);
    this.bus.tell((one) => one.nodeDown?.(info));
    this.observers.nodeDown(info);
  }
}
