import { ALL, nodeChannel } from '../../broker/channel.js';
import type { Clock } from '../../support/clock.js';
import type { ClusterBus } from '../bus/cluster-bus.js';
import { MessageKind } from '../bus/message-kind.js';
import type { RosterChannel } from './roster-channel.js';
import { MAX_ENTRIES_BYTES } from './roster-limits.js';
import {
  askSize,
  writeAsks,
  writeDelta,
  writeState,
  type RosterAsk,
  type RosterState,
} from './roster-message.js';

/** Bytes of answers one node gets in a second: an ask is small, a state is not. */
const MAX_ANSWERED = 16 * 1024 * 1024;
/** With more nodes not everyone is asked by whoever opens a channel, only those that are in it. */
const MAX_ASKED = 16;
/** Versions that one ask states. */
const MAX_KNOWN = 1_000;

const NOTHING: RosterAsk['known'] = new Map<string, number>();
const NO_ENTRIES: RosterState['entries'] = new Map<string, never>();

/** Tells other nodes what this one has in its channels, and asks what they have. */
export class RosterSender {
  readonly #bus: ClusterBus;
  readonly #clock: Clock;
  /** Counts all changes of this node: a channel that is forgotten never counts from the start again. */
  #version = 1;
  #answered = new Map<string, number>();
  #second = 0;

  constructor(bus: ClusterBus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /** Tells what has changed. */
  flush(channel: RosterChannel): void {
    const { own } = channel;
    if (own === undefined) return;
    const { crowded } = channel;
    if (crowded !== own.counted) own.tell(crowded);
    if (!own.dirty) return;
    if (!this.#heard) {
      own.settle(++this.#version);
    } else if (own.counted) {
      own.settle(++this.#version);
      this.#tell(channel.name, own.state());
    } else {
      for (const delta of own.changes(() => ++this.#version)) {
        this.#bus.publish(channel.name, MessageKind.RosterDelta, writeDelta(delta));
      }
    }
  }

  /** Tells which version this node is at: who has missed something asks. */
  announce({ name, own }: RosterChannel): void {
    if (own === undefined || own.version === 0 || !this.#heard) return;
    if (own.counted) this.#tell(name, own.state());
    else this.#current(name, name, own.version);
  }

  /** @returns what is asked about a channel */
  question(channel: RosterChannel, always: boolean): RosterAsk {
    const { name, own, replicas } = channel;
    const known =
      replicas.size === 0
        ? NOTHING
        : new Map(
            Array.from(replicas, ([node, { version }]) => [node, version] as const)
              .filter(([, version]) => version > 0)
              .slice(0, MAX_KNOWN),
          );
    return { channel: name, always, version: own?.version ?? 0, known };
  }

  /**
   * Asks who is in a channel that was just opened.
   * @param waits whether somebody waits for the answers
   * @returns the nodes that will answer
   */
  askAll(channel: RosterChannel, waits: boolean): Iterable<string> {
    const everyone = waits && this.#bus.peers.size <= MAX_ASKED;
    this.ask(everyone ? ALL : channel.name, [this.question(channel, everyone)]);
    return everyone ? this.#bus.peers.keys() : [];
  }

  /** Asks one node, or whoever is in a channel. */
  ask(to: string, asks: readonly RosterAsk[]): void {
    let batch: RosterAsk[] = [];
    let bytes = 0;
    for (const ask of asks) {
      const size = askSize(ask);
      if (bytes + size > MAX_ENTRIES_BYTES && batch.length > 0) {
        this.#bus.publish(to, MessageKind.RosterAsk, writeAsks(batch));
        batch = [];
        bytes = 0;
      }
      batch.push(ask);
      bytes += size;
    }
    if (batch.length > 0) this.#bus.publish(to, MessageKind.RosterAsk, writeAsks(batch));
  }

  /**
   * Answers what another node asks about a channel, also when there is nobody in it: otherwise whom it
   * knows there would stay for ever.
   * @param channel undefined for one this node knows nothing of
   * @returns whether it was within what one node may ask for
   */
  answer(node: string, ask: RosterAsk, channel: RosterChannel | undefined): boolean {
    const to = nodeChannel(node);
    const known = ask.known.get(this.#bus.node);
    const own = channel?.own;
    if (channel === undefined || own === undefined) {
      if (ask.always || known !== undefined) this.#tell(to, [this.#empty(ask.channel)]);
      return true;
    }
    this.flush(channel);
    if (known === own.version) {
      if (ask.always) this.#current(to, channel.name, own.version);
      return true;
    }
    if (!this.#affords(node, own.counted ? 0 : own.bytes)) return false;
    this.#tell(to, own.state());
    return true;
  }

  get #heard(): boolean {
    return this.#bus.up && this.#bus.peers.size > 0;
  }

  #empty(channel: string): RosterState {
    return {
      channel,
      version: this.#version,
      part: 0,
      parts: 1,
      entries: NO_ENTRIES,
      counts: undefined,
    };
  }

  #current(to: string, channel: string, version: number): void {
    const delta = { channel, base: version, version, set: NO_ENTRIES, del: [] };
    this.#bus.publish(to, MessageKind.RosterDelta, writeDelta(delta));
  }

  #tell(to: string, parts: readonly RosterState[]): void {
    for (const part of parts) {
      this.#bus.publish(to, MessageKind.RosterState, writeState(part));
    }
  }

  #affords(node: string, bytes: number): boolean {
    const second = Math.floor(this.#clock.now() / 1_000);
    if (second !== this.#second) this.#answered = new Map();
    this.#second = second;
    const answered = (this.#answered.get(node) ?? 0) + bytes;
    if (answered > MAX_ANSWERED && answered > bytes) return false;
    this.#answered.set(node, answered);
    return true;
  }
}
