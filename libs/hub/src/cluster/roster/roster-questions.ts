import { nodeChannel, readChannel } from '../../broker/channel.js';
import type { Clock } from '../../support/clock.js';
import type { ClusterBus } from '../bus/cluster-bus.js';
import type { RosterChannel } from './roster-channel.js';
import type { RosterAsk } from './roster-message.js';
import type { RosterSender } from './roster-sender.js';

/** Milliseconds the first of a channel waits for other nodes to say who they have in it. */
const OPENING = 250;
/** How often who does not answer is asked again, after 1, 4 and 16 seconds. */
const MAX_TRIES = 3;
/** Channels that are asked about at a time when the link is back, and milliseconds to the next ones. */
const RESYNCED = 256;
const PAUSE = 10;

/** What questions need of the roster whose they are. */
interface Asking {
  readonly bus: ClusterBus;
  readonly clock: Clock;
  readonly sender: RosterSender;
  /** Whether a channel is still kept up to date. */
  readonly holds: (channel: RosterChannel) => boolean;
  /** Calls `again` in about as many seconds. */
  readonly within: (channel: RosterChannel, seconds: number) => void;
}

/** Asks other nodes whom they have, as often as it takes: asks and answers may be lost. */
export class RosterQuestions {
  readonly #asking: Asking;
  #missed: RosterChannel[] = [];

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /** A channel has been opened: who is there already? */
  explore(channel: RosterChannel): void {
    const { bus, clock, sender, holds } = this.#asking;
    // Without others there is nobody to ask; while the link is down they are asked when it is back.
    if (!bus.up || bus.peers.size === 0) return;
    const waits = readChannel(channel.name)?.kind === 'room';
    if (waits) {
      channel.open(bus.peers.keys());
      clock.after(OPENING, () => channel.opened());
    }
    const ask = (): void => {
      if (!holds(channel)) return;
      for (const node of sender.askAll(channel, waits)) this.#wait(channel, node);
    };
    // Who changes after having answered is heard only if this node is subscribed by then.
    bus.settled(channel.name).then(ask, ask);
  }

  /** Something of a node is missing. */
  one(channel: RosterChannel, node: string): void {
    const isAsked = channel.waiting?.has(node) === true;
    this.#wait(channel, node);
    if (isAsked) return;
    const { sender } = this.#asking;
    sender.ask(nodeChannel(node), [sender.question(channel, true)]);
  }

  /** Asks those again that have not answered. */
  again(channel: RosterChannel): void {
    const { waiting } = channel;
    if (waiting === undefined) return;
    if (channel.tries >= MAX_TRIES) {
      channel.giveUp();
      return;
    }
    channel.tries++;
    const { sender } = this.#asking;
    const ask = sender.question(channel, true);
    for (const node of waiting) sender.ask(nodeChannel(node), [ask]);
    this.#asking.within(channel, 4 ** channel.tries);
  }

  /** Who asks says which version it is at, or that it has nobody: so one learns what one has missed. */
  compare(channel: RosterChannel, node: string, { version }: RosterAsk): void {
    const known = channel.replicas.get(node);
    if (version === 0 ? known?.occupied !== true : known?.version === version) return;
    const replica = channel.heard(node, this.#asking.clock.now());
    replica.newest = Math.max(replica.newest, version);
    if (version === 0 || version > replica.version) this.one(channel, node);
  }

  /** The link is back: what was missed? Says as well which version this node is at. */
  resync(channels: Iterable<RosterChannel>): void {
    const isUnderWay = this.#missed.length > 0;
    this.#missed = [...channels];
    if (!isUnderWay) this.#resyncNext();
  }

  close(): void {
    this.#missed = [];
  }

  #resyncNext(): void {
    const { clock, sender, holds } = this.#asking;
    const known = new Map<string, RosterAsk[]>();
    for (const channel of this.#missed.splice(0, RESYNCED)) {
      if (!holds(channel)) continue;
      sender.flush(channel);
      const ask = sender.question(channel, true);
      sender.ask(channel.name, [ask]);
      // Who was in it may have left it, and hears nothing that is said there.
      for (const [node, { occupied }] of channel.replicas) {
        if (!occupied) continue;
        this.#wait(channel, node);
        const asks = known.get(node) ?? [];
        asks.push(ask);
        known.set(node, asks);
      }
    }
    for (const [node, asks] of known) sender.ask(nodeChannel(node), asks);
    if (this.#missed.length > 0) clock.after(PAUSE, () => this.#resyncNext());
  }

  #wait(channel: RosterChannel, node: string): void {
    channel.tries = 0;
    (channel.waiting ??= new Set()).add(node);
    this.#asking.within(channel, 1);
  }
}
