import type { BrokerSession, Outgoing } from '../../broker/broker.js';
import type { Clock } from '../../support/clock.js';

/** One broadcast on its way to the broker: a copy for each channel, all of one number. */
export interface OutboxEntry {
  /** Its bytes must not change while the outbox has them. */
  readonly outgoing: readonly Outgoing[];
  /** Whether the broker keeps it for repair. */
  readonly log: boolean;
  /** Of all copies. */
  readonly bytes: number;
  /** Milliseconds since the epoch when it was sent. */
  readonly at: number;
}

/**
 * Why an entry never reached the broker: the outbox had no room, it was too old for at-most-once (or
 * the link has stopped), it is longer than the broker carries, or the broker takes others but not it.
 */
export type DropReason = 'full' | 'late' | 'too-large' | 'refused';

/** Who a session is with. */
export interface LinkOpened {
  /** Of the server, see `BrokerSession`. */
  readonly generation: string;
  /** Whether the session before was with another generation; false for the first. */
  readonly changed: boolean;
}

/** Whoever uses a link. What it throws is reported to itself and harms nothing. */
export interface LinkHost {
  /** Id of this node, 16 hexadecimal digits. */
  readonly node: string;
  /** @param message lent: copied by whoever keeps it */
  received(channel: string, message: Uint8Array): void;
  /**
   * A session is open and all channels are subscribed: the logs are read now. The link is up when
   * this has settled; when it rejects, or the session ends meanwhile, another session is tried.
   */
  opened(session: BrokerSession, about: LinkOpened): Promise<void>;
  /** Messages go out and come in. */
  up(): void;
  /** Nothing goes out or comes in until `up`. Once after each `up`. */
  down(error: Error): void;
  /** Soon after it has happened, many at a time. */
  dropped(entries: readonly OutboxEntry[], reason: DropReason): void;
  /** The channel is not received any more: nobody had held it for a while. */
  unsubscribed(channel: string): void;
  /** See `BrokerHost`. */
  unlogged?(messages: number, error: Error): void;
  ignored?(channel: string): void;
  report(error: unknown): void;
}

/** What happens to a hole: it is announced, or repaired from the publisher's log. */
export type Delivery = 'at-most-once' | 'at-least-once';

export interface LinkOptions {
  readonly delivery: Delivery;
  /** Whether `start` rejects when there is no broker within 2 seconds; default false. */
  readonly required?: boolean | undefined;
  /** Default the process' own. */
  readonly clock?: Clock | undefined;
}

export type LinkState = 'connecting' | 'up' | 'down';

/** What a link did so far, and what it has to do. */
export interface LinkStats {
  /** Entries and bytes that wait or have no answer yet. */
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Broadcasts the broker has acknowledged, and those that were dropped. */
  readonly sent: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Entries sent once more, to a session that came after. */
  readonly resent: number;
  /** Control messages that were not sent, for the link was down or they were too long. */
  readonly controlDropped: number;
  /** Sessions that were opened. */
  readonly sessions: number;
  /** Channels that are subscribed, or will be with the next session. */
  readonly channels: number;
}
