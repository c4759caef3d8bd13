import type { BrokerSession } from '../../broker/broker.js';
import type { Clock } from '../../support/clock.js';
import type { BroadcastPayload } from '../message/broadcast-payload.js';
import type { ClusterMessage } from '../message/cluster-message.js';
import type { IgnoredReason } from '../bus/ignored-reason.js';
import { Arrival } from './arrival.js';
import { missedIn, type Gap, type GapReason } from './gap.js';
import type { Repair } from './repair.js';
import { Repairs } from './repairs.js';
import { Sources, type Source } from './sources.js';
import type { Tails } from './tails.js';

/** Milliseconds the link waits for logs; they are read to their end all the same. */
const READ_LIMIT = 5_000;
/** Milliseconds from the first link: whoever is heard of later may have sent something before. */
const INTRODUCTION = 10_000;

/** Whoever broadcasts of other nodes are received for. */
interface ReceiverHost {
  /** Hands it to the receivers of this node. */
  deliver(broadcast: BroadcastPayload): void;
  /** Whether there are receivers here for what comes by a channel. */
  holds(channel: string): boolean;
  /** Whether another node is known to be there. */
  alive(node: string): boolean;
  /** Since when all that the broker has sent has come: what comes now was given to it later. */
  heardUpTo(): number;
  /** What came out of a log. */
  parse(bytes: Uint8Array): ClusterMessage | IgnoredReason;
  gap(gap: Gap): void;
  ignored(reason: IgnoredReason, channel: string): void;
  report(error: unknown): void;
  readonly clock: Clock;
  /** Whether holes are repaired; otherwise they are announced. */
  readonly repairs: boolean;
}

/**
 * Broadcasts of other nodes, each delivered once and those of one publisher and channel in order. What is
 * missing is announced, or held against until it was read from the publisher's log.
 */
export class Receiver {
  readonly stats = { delivered: 0, duplicates: 0, gaps: 0, repaired: 0 };
  readonly #host: ReceiverHost;
  readonly #clock: Clock;
  readonly #sources: Sources;
  readonly #repairs: Repairs | undefined;
  #introduced: number | undefined;
  /** Whether the link has been down since it first was up: nodes may have come and published meanwhile. */
  #away = false;

  constructor(host: ReceiverHost) {
    this.#host = host;
    this.#clock = host.clock;
    this.#sources = new Sources((node) => host.alive(node), host.clock.now());
    if (!host.repairs) return;
    this.#repairs = new Repairs({
      clock: host.clock,
      logged: (source, repair, channel, bytes) => this.#logged(source, repair, channel, bytes),
      drain: (source, repair) => this.#drain(source, repair),
      report: (error) => host.report(error),
    });
  }

  /** Chains that were forgotten because there were too many. */
  get evicted(): number {
    return this.#sources.evicted;
  }

  /** Channels are subscribed: what was missed meanwhile is read. */
  async opened(session: BrokerSession): Promise<void> {
    this.#introduced ??= this.#clock.now() + INTRODUCTION;
    if (this.#repairs === undefined) return;
    const reading: Promise<void>[] = [];
    this.#repairs.session = session;
    for (const source of this.#sources) {
      const { highest } = source;
      reading.push(this.#repairs.begin(source, highest, highest));
    }
    await new Promise<void>((resolve, reject) => {
      const timer = this.#clock.after(READ_LIMIT, resolve);
      Promise.all(reading)
        .finally(() => this.#clock.clear(timer))
        .then(() => resolve(), reject);
    });
  }

  up(): void {
    if (this.#repairs !== undefined) this.#repairs.up = true;
  }

  /** The link is down. */
  closed(): void {
    this.#away = true;
    for (const source of this.#sources) {
      source.unsure ??= source.highest;
      if (source.repair !== undefined) source.repair.session = undefined;
    }
    if (this.#repairs === undefined) return;
    this.#repairs.session = undefined;
    this.#repairs.up = false;
  }

  /** Nodes that have to say what they have sent while the link was down, and what is known of them. */
  unsure(): [node: string, seq: number][] {
    const unsure: [string, number][] = [];
    for (const { node, unsure: seq } of this.#sources)
      if (seq !== undefined) unsure.push([node, seq]);
    return unsure;
  }

  /** A node has said that it is there. @param seq of its last broadcast */
  heard(node: string, seq: number): void {
    const source = this.#sourceOf(node, seq > 0);
    if (source !== undefined && source.highest === 0 && source.repair === undefined) {
      source.highest = seq;
    }
  }

  /** A node is gone. @param said whether it has said so */
  gone(node: string, said: boolean): void {
    const source = this.#sources.get(node);
    if (source === undefined) return;
    if (this.#repairs !== undefined)
      void this.#repairs.begin(source, source.highest, source.highest);
    else if (!said) this.#announce(source, undefined, source.heardAt, 'node-down');
  }

  unsubscribed(channel: string): void {
    this.#sources.dropChannel(channel);
  }

  receive(channel: string, message: ClusterMessage): void {
    const { seq, node } = message;
    if (seq === 0 || message.prev >= seq) return this.#host.ignored('malformed', channel);
    const source = this.#sourceOf(node, seq > 1);
    if (source === undefined) return this.#host.ignored('nodes', channel);
    source.heardAt = this.#host.heardUpTo();
    if (seq <= source.done(channel)) {
      // Of a broadcast to several channels there are several.
      if (!source.recent.has(seq)) this.stats.duplicates++;
      return;
    }
    if (source.repair !== undefined) return source.repair.hold(channel, message);
    const arrival = this.#read(channel, { ...message, payload: Buffer.from(message.payload) });
    if (arrival === undefined) return;
    if (this.#repairs !== undefined) {
      const holes = this.#holes(source, arrival);
      if (holes.length > 0) {
        const after = Math.min(...holes.map(({ before }) => before));
        void this.#repairs.begin(source, after, source.unsure ?? Infinity);
        // Begun by the line before; nothing is read before this turn is over.
        (source.repair as Repair | undefined)?.hold(channel, message);
        return;
      }
    }
    this.#take(source, arrival, 'lost');
  }

  /** A node says how far its channels have got. */
  tails(node: string, { dropped, more, messages, ends }: Tails): void {
    const source = this.#sources.get(node);
    if (source === undefined) return;
    const since = source.unsure;
    if (!dropped) source.unsure = undefined;
    else this.#announceUnknown(source, ends);
    const missing = ends.filter(([channel, seq]) => this.#lacks(source, channel, seq));
    if (missing.length === 0 && !more) return;
    if (this.#repairs !== undefined && !(more && dropped)) {
      const after = missing.map(([channel]) => source.last(channel) ?? since ?? source.highest);
      void this.#repairs.begin(source, Math.min(source.highest, ...after), since ?? source.highest);
      for (const [index, [channel, seq]] of missing.entries()) {
        source.repair?.end(channel, seq, Math.min(after[index] ?? 0, seq - 1));
      }
      return;
    }
    const at = missing.map(([channel]) => source.since(channel));
    this.#announce(
      source,
      more ? undefined : missing.map(([channel]) => channel),
      more ? source.listening : Math.min(...at),
      dropped ? 'dropped' : 'lost',
      messages,
    );
    for (const [channel, seq] of missing) source.advance(channel, seq, this.#host.heardUpTo());
  }

  /** Something was dropped behind which others have come: nobody knew of it then. */
  #announceUnknown(source: Source, ends: Tails['ends']): void {
    const channels = ends.flatMap(([channel, seq]) => {
      const chain = source.chains.get(channel);
      if (chain?.live !== true || chain.unknown < seq) return [];
      chain.unknown = 0;
      return [channel];
    });
    if (channels.length > 0) this.#announce(source, channels, source.listening, 'dropped');
  }

  #sourceOf(node: string, hasSent: boolean): Source | undefined {
    const known = this.#sources.get(node);
    if (known !== undefined) return known;
    const now = this.#clock.now();
    const source = this.#sources.add(node);
    // It may have come, and published, while this node was away.
    const late = this.#introduced !== undefined && now > this.#introduced;
    if (source === undefined) return undefined;
    if (this.#away) source.unsure = 0;
    if (hasSent && (late || this.#away)) void this.#repairs?.begin(source, 0, 0);
    return source;
  }

  #read(channel: string, message: ClusterMessage): Arrival | undefined {
    const arrival = Arrival.read(channel, message);
    if (arrival === undefined) this.#host.ignored('malformed', channel);
    return arrival;
  }

  #lacks(source: Source, channel: string, seq: number): boolean {
    if (seq <= source.done(channel)) return false;
    if (source.last(channel) === undefined && !this.#host.holds(channel)) return false;
    return !source.recent.has(seq);
  }

  /** Behind which number of a channel something would be missing; undefined where nobody can tell. */
  #before(source: Source, channel: string): number | undefined {
    const last = source.last(channel);
    if (last !== undefined || !this.#host.holds(channel)) return last;
    // Of a channel nothing has come by yet, what was sent since the link was down, or is said to be missing.
    return source.unsure ?? source.repair?.tails.get(channel)?.behind;
  }

  /** Channels of a broadcast in which something has not come that went there before it, and behind what. */
  #holes(source: Source, arrival: Arrival): { readonly before: number; readonly prev: number }[] {
    return arrival.channels.flatMap((channel) => {
      const before = this.#before(source, channel);
      const prev = arrival.prevOf(channel);
      return before !== undefined && prev > before ? [{ before, prev }] : [];
    });
  }

  /** @returns whether it was delivered */
  #take(source: Source, arrival: Arrival, reason: GapReason): boolean {
    const { channel, channels, seq, broadcast } = arrival;
    if (seq <= source.done(channel)) return false;
    const before = this.#before(source, channel);
    if (before !== undefined && arrival.prev > before) {
      this.#announce(source, [channel], source.since(channel), reason);
    }
    // What was held or read has waited, nobody knows for how long.
    const at = reason === 'lost' ? this.#host.heardUpTo() : source.since(channel);
    // What was sent again may be late in some of its channels, and news in others.
    const late = channels.filter((other) => seq <= source.done(other));
    source.advance(channel, seq, at);
    if (before === undefined) source.begun(channel, arrival.prevOf(channel));
    if (channels.length > 1) {
      if (source.recent.has(seq)) return false;
      source.recent.add(seq);
      for (const other of channels) {
        if (source.last(other) === arrival.prevOf(other)) source.advance(other, seq, at);
      }
    }
    if (seq > source.highest) source.highest = seq;
    this.stats.delivered++;
    this.#host.deliver(late.length === 0 ? broadcast : arrival.without(late));
    return true;
  }

  #logged(source: Source, repair: Repair, channel: string, bytes: Uint8Array): number {
    const message = this.#host.parse(bytes);
    if (typeof message === 'string') {
      this.#host.ignored(message, channel);
      return 0;
    }
    const { node, seq } = message;
    if (node !== source.node) return 0;
    // It will be read once more, after what stands further back.
    if (repair.after < repair.from) return seq;
    const last = source.last(channel);
    // Of a channel nothing has come by yet, what is held of it has come.
    const baseline = Math.min(repair.baseline, repair.firstHeld(channel) - 1);
    const wanted =
      seq > source.done(channel) &&
      (last !== undefined || (seq > baseline && this.#host.holds(channel)));
    const arrival = wanted ? this.#read(channel, message) : undefined;
    if (arrival === undefined) return seq;
    const missing = Math.min(...this.#holes(source, arrival).map(({ before }) => before));
    if (missing < repair.from) {
      // What is missing was lost earlier than anybody knew: it is read first.
      repair.widen(missing, repair.baseline);
      repair.overflow = true;
      return seq;
    }
    if (last !== undefined && arrival.prev > last) {
      // The log lacks it, but it may have come.
      for (const held of repair.takeBefore(channel, seq)) {
        const earlier = this.#read(channel, held.message);
        if (earlier !== undefined) this.#take(source, earlier, 'expired');
      }
    }
    if (this.#take(source, arrival, 'expired')) this.stats.repaired++;
    return seq;
  }

  /** @returns whether all is delivered that was held; otherwise the log has to be read again. */
  #drain(source: Source, repair: Repair): boolean {
    repair.forget((channel, seq) => seq <= source.done(channel));
    if (repair.overflow && repair.covered !== Infinity) return false;
    for (let held = repair.next(); held !== undefined; held = repair.next()) {
      const arrival = this.#read(held.channel, held.message);
      const holes = arrival === undefined ? [] : this.#holes(source, arrival);
      if (holes.some(({ prev }) => prev > repair.covered)) return false;
      repair.shift();
      if (arrival !== undefined) this.#take(source, arrival, 'expired');
    }
    const missing = [...repair.tails].filter(([channel, { seq }]) =>
      this.#lacks(source, channel, seq),
    );
    if (missing.some(([, { seq }]) => seq > repair.covered)) return false;
    if (missing.length > 0) {
      const channels = missing.map(([channel]) => channel);
      const since = channels.map((channel) => source.since(channel));
      this.#announce(source, channels, Math.min(...since), 'expired');
      for (const [index, [channel, { seq }]] of missing.entries()) {
        source.advance(channel, seq, since[index] ?? 0);
      }
    }
    return true;
  }

  /** @param channels undefined when nobody can tell */
  #announce(
    source: Source,
    channels: readonly string[] | undefined,
    since: number,
    reason: GapReason,
    messages = 0,
  ): void {
    this.stats.gaps++;
    this.#host.gap({
      node: source.node,
      ...(channels === undefined ? { rooms: 'all', users: [] } : missedIn(channels)),
      since,
      until: this.#clock.now(),
      ...(messages > 0 && { messages }),
      reason,
    });
  }
}
