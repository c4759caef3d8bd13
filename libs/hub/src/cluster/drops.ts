import type { Clock } from '../support/clock.js';
import type { ClusterObservers } from './cluster-observer.js';
import { missedIn } from './delivery/gap.js';
import type { Publisher } from './delivery/publisher.js';
import type { DropReason, OutboxEntry } from './link/link-host.js';

/** Broadcasts of this node that the others never get: the application hears of it, and so do they. */
export class Drops {
  /** Broadcasts whose address was too large. */
  refusals = 0;
  readonly #observers: ClusterObservers;
  readonly #publisher: () => Publisher;
  readonly #clock: Clock;

  constructor(observers: ClusterObservers, publisher: () => Publisher, clock: Clock) {
    this.#observers = observers;
    this.#publisher = publisher;
    this.#clock = clock;
  }

  dropped(entries: readonly OutboxEntry[], reason: DropReason): void {
    const lost = entries.filter(({ outgoing }) => outgoing.some(({ seq }) => seq > 0));
    if (lost.length === 0) return;
    this.#publisher().dropped(lost);
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
  }
}
