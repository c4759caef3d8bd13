import type { Clock } from '../support/clock.js';
import type { ClusterObservers } from './cluster-observer.js';
import { missedIn } from './delivery/gap.js';
import type { Publisher } from './delivery/publisher.js';
import { isBroadcast } from './link/is-broadcast.js';
import type { DropReason, OutboxEntry } from './link/link-host.js';

/** Milliseconds between two notices: each takes room in the outbox, where there may be none. */
const PAUSE = 1_000;

/** Broadcasts of this node that the others never get: the application hears of it, and so do they. */
export class Drops {
  /** Broadcasts whose address was too large. */
  refusals = 0;
  readonly #observers: ClusterObservers;
  readonly #publisher: () => Publisher;
  readonly #clock: Clock;
  readonly #isUp: () => boolean;
  #isPausing = false;

  constructor(
    observers: ClusterObservers,
    publisher: () => Publisher,
    clock: Clock,
    isUp: () => boolean,
  ) {
    this.#observers = observers;
    this.#publisher = publisher;
    this.#clock = clock;
    this.#isUp = isUp;
  }

  /** The others hear of what was dropped since they were told last, if there is a link. */
  tell(): void {
    if (this.#isPausing || !this.#isUp() || !this.#publisher().tellDropped()) return;
    this.#isPausing = true;
    this.#clock.after(PAUSE, () => {
      this.#isPausing = false;
      this.tell();
    });
  }

  dropped(entries: readonly OutboxEntry[], reason: DropReason): void {
    this.#publisher().dropped(entries);
    const lost = entries.filter(isBroadcast);
    if (lost.length > 0) this.#observe(lost, reason);
    this.tell();
  }

  refused(channels: readonly string[]): void {
    this.refusals++;
    const now = this.#clock.now();
    this.#observers.dropped({
      messages: 1,
      ...missedIn(channels),
      since: now,
      until: now,
      reason: 'address',
    });
    this.tell();
  }

  #observe(lost: readonly OutboxEntry[], reason: DropReason): void {
    const times = lost.map(({ at }) => at);
    const channels = new Set(lost.flatMap(({ outgoing }) => outgoing.map((one) => one.channel)));
    this.#observers.dropped({
      messages: lost.length,
      ...missedIn(channels),
      since: Math.min(...times),
      until: Math.max(...times),
      reason,
    });
  }
}
