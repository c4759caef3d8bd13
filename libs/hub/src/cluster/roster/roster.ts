import { ALL, nodeChannel, readChannel, type ChannelKind } from '../../broker/channel.js';
import type { Clock } from '../../support/clock.js';
import { MalformedBytes } from '../../support/byte-reader.js';
import type { BusMessage, ClusterBus, NodeInfo } from '../bus/cluster-bus.js';
import { MessageKind } from '../bus/message-kind.js';
import type { IgnoredReason } from '../bus/ignored-reason.js';
import { OwnEntries } from './own-entries.js';
import type { Replica } from './replica.js';
import { RosterChannel } from './roster-channel.js';
import type { RosterEntry } from './roster-entry.js';
import { MAX_PEOPLE } from './roster-limits.js';
import { readAsks, readDelta, readState } from './roster-message.js';
import { RosterQuestions } from './roster-questions.js';
import { RosterSender } from './roster-sender.js';
import { Schedule } from './schedule.js';
import { StateParts } from './state-parts.js';

/** Milliseconds between two times a version is said although nothing has changed; +-20 %. */
const ANNOUNCED = 60_000;
/** A node with people that was not heard of for so long is asked. */
const SILENT = 90_000;
/** How long a channel is kept up to date after the last of this node, and after somebody has looked. */
const LINGER = 5_000;
const VISIT = 30_000;
/** Channels without anybody of this node that are kept up to date because somebody has looked. */
const MAX_VISITED = 1_000;
/** Channels past which those that were left while the link was down are not kept until it is back. */
const MAX_UNTOLD = 200_000;

/** Is told which keys of a channel are no longer what they were, at another node. */
type RosterListener = (channel: string, keys: readonly string[]) => void;

/**
 * Who is where, on all nodes: each node is the authority for its own entries of a channel, tells the
 * others what changes, and keeps a replica of what they have in the channels it is in. Nothing is stored,
 * and nobody cleans up after a node that dies: its entries go with it.
 */
export class Roster {
  readonly #bus: ClusterBus;
  readonly #clock: Clock;
  readonly #sender: RosterSender;
  readonly #questions: RosterQuestions;
  readonly #schedule: Schedule<RosterChannel>;
  readonly #parts = new StateParts();
  readonly #channels = new Map<string, RosterChannel>();
  readonly #listeners = new Map<ChannelKind, RosterListener>();
  readonly #visited = new Set<RosterChannel>();
  readonly #own: string;
  #dirty = new Set<RosterChannel>();
  #ignored = 0;
  #unobserve: () => void;

  constructor(bus: ClusterBus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
    this.#own = nodeChannel(bus.node);
    this.#sender = new RosterSender(bus, clock);
    this.#schedule = new Schedule(clock, (channel) => this.#due(channel));
    this.#questions = new RosterQuestions({
      bus,
      clock,
      sender: this.#sender,
      holds: (channel) => this.#holds(channel),
      within: (channel, seconds) => this.#schedule.within(channel, seconds),
    });
    bus.on(MessageKind.RosterDelta, (message) => this.#read(message, () => this.#delta(message)));
    bus.on(MessageKind.RosterAsk, (message) => this.#read(message, () => this.#asked(message)));
    bus.on(MessageKind.RosterState, (message) => this.#read(message, () => this.#state(message)));
    this.#unobserve = bus.observe({
      up: () => this.#questions.resync(this.#channels.values()),
      down: () => this.#down(),
      nodeUp: (node) => this.#nodeUp(node),
      nodeDown: ({ id }) => this.#nodeDown(id),
    });
  }

  /** Channels that are kept up to date. */
  get size(): number {
    return this.#channels.size;
  }

  /** Messages that were malformed, too large, or of a node that is not alive. */
  get ignored(): number {
    return this.#ignored;
  }

  /** One listener for each kind of channel. */
  watch(kind: ChannelKind, changed: RosterListener): void {
    this.#listeners.set(kind, changed);
  }

  /** This node has something else under a key of its own from now on; told at the end of the turn. */
  set(name: string, key: string, entry: RosterEntry): void {
    const channel = this.#open(name);
    (channel.own ??= new OwnEntries(name)).set(key, entry);
    this.#touch(channel);
  }

  delete(name: string, key: string): void {
    const channel = this.#channels.get(name);
    if (channel?.own === undefined) return;
    channel.own.delete(key);
    this.#touch(channel);
  }

  /** What is known of a channel; undefined for one that nobody here is in or looks at. */
  get(name: string): RosterChannel | undefined {
    return this.#channels.get(name);
  }

  /**
   * Keeps a channel up to date for a while, because somebody looks at it.
   * @returns what to wait for, while the others have not said whom they have; at most 250 ms
   */
  look(name: string): Promise<void> | undefined {
    const channel = this.#open(name);
    if (channel.own === undefined) {
      channel.keepUntil = this.#clock.now() + VISIT;
      this.#visited.delete(channel);
      this.#visited.add(channel);
      this.#boundVisits();
    }
    return channel.opening?.done;
  }

  /** Tells nothing and hears nothing any more; what is waited for is over. */
  close(): void {
    this.#unobserve();
    this.#unobserve = () => {};
    this.#schedule.close();
    for (const channel of this.#channels.values()) {
      channel.opened();
      this.#bus.release(channel.name);
    }
    this.#channels.clear();
    this.#visited.clear();
    this.#dirty.clear();
    this.#questions.close();
  }

  #open(name: string): RosterChannel {
    const present = this.#channels.get(name);
    if (present !== undefined) return present;
    const channel = new RosterChannel(name);
    channel.keepUntil = this.#clock.now() + LINGER;
    channel.announceAt = this.#clock.now() + this.#period();
    this.#channels.set(name, channel);
    this.#schedule.within(channel, (channel.announceAt - this.#clock.now()) / 1_000);
    this.#bus.hold(name);
    this.#questions.explore(channel);
    return channel;
  }

  #holds(channel: RosterChannel): boolean {
    return this.#channels.get(channel.name) === channel;
  }

  #drop(channel: RosterChannel): void {
    this.#schedule.cancel(channel);
    this.#channels.delete(channel.name);
    this.#visited.delete(channel);
    channel.opened();
    this.#bus.release(channel.name);
  }

  #boundVisits(): void {
    if (this.#visited.size <= MAX_VISITED) return;
    for (const channel of this.#visited) {
      this.#visited.delete(channel);
      if (channel.own === undefined) this.#drop(channel);
      return;
    }
  }

  #touch(channel: RosterChannel): void {
    if (this.#dirty.size === 0) this.#clock.soon(() => this.#flush());
    this.#dirty.add(channel);
  }

  #flush(): void {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    for (const channel of dirty) {
      if (!this.#holds(channel)) continue;
      const { own } = channel;
      // Of a crowd the number is told once a second.
      if (own?.counted === true && channel.crowded) this.#schedule.within(channel, 1);
      else this.#sender.flush(channel);
      this.#leaveIfEmpty(channel);
    }
  }

  #leaveIfEmpty(channel: RosterChannel): void {
    const { own } = channel;
    if (own === undefined || own.entries.size > 0) return;
    this.#sender.flush(channel);
    channel.own = undefined;
    channel.keepUntil = Math.max(channel.keepUntil, this.#clock.now() + LINGER);
    this.#schedule.within(channel, (channel.keepUntil - this.#clock.now()) / 1_000);
  }

  /** What there is to do about a channel from time to time. */
  #due(channel: RosterChannel): void {
    if (!this.#holds(channel)) return;
    const now = this.#clock.now();
    if (channel.own?.dirty === true) this.#sender.flush(channel);
    this.#questions.again(channel);
    if (channel.own === undefined && now >= channel.keepUntil) {
      // The others have not heard that nobody is left; once the link is back they are told.
      if (this.#bus.up || this.#channels.size > MAX_UNTOLD) {
        this.#drop(channel);
        return;
      }
      channel.keepUntil = now + LINGER;
    }
    if (now >= channel.announceAt) {
      channel.announceAt = now + this.#period();
      this.#sender.announce(channel);
      channel.sweep(now - ANNOUNCED);
      for (const [node, { heardAt, occupied }] of channel.replicas) {
        if (occupied && heardAt < now - SILENT) this.#questions.one(channel, node);
      }
    }
    const next = channel.own === undefined ? channel.keepUntil : channel.announceAt;
    this.#schedule.within(channel, (Math.min(next, channel.announceAt) - now) / 1_000);
  }

  #period(): number {
    return ANNOUNCED * (0.8 + 0.4 * this.#clock.random());
  }

  #read(message: BusMessage, read: () => void): void {
    // Of whom `nodeDown` is never told, nothing would ever be taken back.
    if (!this.#bus.peers.has(message.from)) {
      this.#ignore(message, 'stranger');
      return;
    }
    try {
      read();
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      this.#ignore(message, 'malformed');
    }
  }

  #ignore({ channel }: Pick<BusMessage, 'channel'>, reason: IgnoredReason): void {
    this.#ignored++;
    this.#bus.ignored?.(channel, reason);
  }

  /** The channel a message is about, if it is one of ours, and the message came the way it should. */
  #addressed(message: BusMessage, name: string): RosterChannel | undefined {
    const { channel } = message;
    if (channel !== name && channel !== this.#own && channel !== ALL) {
      this.#ignore(message, 'malformed');
    } else return this.#channels.get(name);
    return undefined;
  }

  #delta(message: BusMessage): void {
    const delta = readDelta(message.payload);
    const channel = this.#addressed(message, delta.channel);
    if (channel === undefined) return;
    const replica = channel.heard(message.from, this.#clock.now());
    this.#changed(channel, replica, replica.apply(delta));
    if (message.channel === this.#own) channel.answered(message.from);
    if (replica.newest > replica.version) this.#questions.one(channel, message.from);
  }

  #state(message: BusMessage): void {
    const state = readState(message.payload);
    const channel = this.#addressed(message, state.channel);
    if (channel === undefined) return;
    const entries = this.#parts.add(message.from, state, message.payload.length);
    if (entries === undefined) return;
    if (entries.size > MAX_PEOPLE) {
      this.#ignore(message, 'too-large');
      return;
    }
    const replica = channel.heard(message.from, this.#clock.now());
    this.#changed(channel, replica, replica.replace(state.version, entries, state.counts));
    channel.answered(message.from);
  }

  #asked(message: BusMessage): void {
    for (const ask of readAsks(message.payload)) {
      const channel = this.#addressed(message, ask.channel);
      if (!this.#sender.answer(message.from, ask, channel)) this.#ignore(message, 'too-large');
      if (channel !== undefined) this.#questions.compare(channel, message.from, ask);
    }
  }

  #changed(channel: RosterChannel, replica: Replica, keys: readonly string[] | undefined): void {
    let changed = keys ?? [];
    if (replica.overflows) {
      this.#ignore({ channel: channel.name }, 'too-large');
      changed = [...new Set([...changed, ...replica.overflow()])];
    }
    this.#tell(channel, changed);
    const { own } = channel;
    if (own !== undefined && own.counted !== channel.crowded) this.#touch(channel);
  }

  #tell({ name }: RosterChannel, keys: readonly string[]): void {
    if (keys.length === 0) return;
    const found = readChannel(name);
    if (found !== undefined) this.#listeners.get(found.kind)?.(found.name, keys);
  }

  #nodeUp({ id, connections, rooms, users }: NodeInfo): void {
    // A node that has just started has nobody, and tells when somebody comes.
    if (connections + rooms + users === 0) return;
    const asks = Array.from(this.#channels.values(), (channel) =>
      this.#sender.question(channel, false),
    );
    this.#sender.ask(nodeChannel(id), asks);
  }

  #nodeDown(id: string): void {
    this.#parts.forget(id);
    for (const channel of this.#channels.values()) {
      const replica = channel.lost(id);
      if (replica !== undefined) this.#tell(channel, [...replica.entries.keys()]);
    }
  }

  /** Nobody can answer now: who waits gets what is known. */
  #down(): void {
    for (const channel of this.#channels.values()) channel.opened();
  }
}
