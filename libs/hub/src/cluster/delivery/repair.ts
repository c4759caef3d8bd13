import type { BrokerSession } from '../../broker/broker.js';
import type { ClusterMessage } from '../message/cluster-message.js';

/** What may be held back for one publisher; what is more is read from its log as well. */
const MAX_HELD = 4_096;
const MAX_HELD_BYTES = 4 * 1024 * 1024;

/** A broadcast that has to wait for those before it. */
interface Held {
  readonly channel: string;
  readonly message: ClusterMessage;
}

/** How far a channel has got. */
interface Tail {
  readonly seq: number;
  /** Behind which number of it something may be missing. */
  readonly behind: number;
}

/** A hole in what came from one publisher that is being filled from its log. */
export class Repair {
  /** With whom it is being read; undefined while there is no link. */
  session: BrokerSession | undefined = undefined;
  /** All that the publisher had sent up to this number is in the log by now, if it ever will be. */
  covered = 0;
  /** The lowest number behind which all of the log was read. */
  from = Infinity;
  /** Numbers that channels have got to, as the publisher says. */
  readonly tails = new Map<string, Tail>();
  /** Whether something was not held that stands in the log. */
  overflow = false;
  #held: Held[] = [];
  /** By channel, the lowest number that was held. */
  readonly #firsts = new Map<string, number>();
  #bytes = 0;

  /**
   * @param after read behind this number
   * @param baseline of channels nothing has come by yet, what is behind this one is wanted
   */
  constructor(
    public after: number,
    public baseline: number,
  ) {}

  /** Reads at least as much. */
  widen(after: number, baseline: number): void {
    this.after = Math.min(this.after, after);
    this.baseline = Math.min(this.baseline, baseline);
  }

  /** The publisher says that a channel has got to a number, and there may be a hole behind another. */
  end(channel: string, seq: number, behind: number): void {
    const known = this.tails.get(channel);
    this.tails.set(channel, {
      seq: Math.max(seq, known?.seq ?? 0),
      behind: Math.min(behind, known?.behind ?? Infinity),
    });
  }

  hold(channel: string, { payload, ...header }: ClusterMessage): void {
    if (this.#held.length >= MAX_HELD || this.#bytes + payload.length > MAX_HELD_BYTES) {
      this.overflow = true;
      return;
    }
    this.#bytes += payload.length;
    this.#firsts.set(channel, Math.min(header.seq, this.firstHeld(channel)));
    this.#held.push({ channel, message: { ...header, payload: Buffer.from(payload) } });
  }

  /** A reading begins: it finds all that was sent before what is held now. */
  begin(): void {
    this.overflow = false;
    for (const { message } of this.#held) this.covered = Math.max(this.covered, message.seq);
    for (const { seq } of this.tails.values()) this.covered = Math.max(this.covered, seq);
  }

  /** A page is read. @returns behind which number */
  page(): number {
    this.from = Math.min(this.from, this.after);
    return this.after;
  }

  /** The lowest number that was held of a channel; Infinity for none. */
  firstHeld(channel: string): number {
    return this.#firsts.get(channel) ?? Infinity;
  }

  next(): Held | undefined {
    return this.#held[0];
  }

  shift(): void {
    const held = this.#held.shift();
    this.#bytes -= held?.message.payload.length ?? 0;
  }

  /** What is held of a channel from before a number, taken out. */
  takeBefore(channel: string, seq: number): Held[] {
    const before = this.#held.filter((one) => one.channel === channel && one.message.seq < seq);
    if (before.length > 0) this.#retain((one) => !before.includes(one));
    return before;
  }

  /** Lets go of what has been delivered meanwhile. */
  forget(delivered: (channel: string, seq: number) => boolean): void {
    this.#retain(({ channel, message }) => !delivered(channel, message.seq));
  }

  #retain(wanted: (held: Held) => boolean): void {
    this.#held = this.#held.filter((held) => wanted(held));
    this.#bytes = this.#held.reduce((sum, { message }) => sum + message.payload.length, 0);
  }
}
