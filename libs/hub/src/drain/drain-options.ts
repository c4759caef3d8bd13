import { isSendableCloseCode, MAX_CLOSE_REASON } from '#engine';
import { filled } from '../options/nested-options.js';
import { callback, count, delay, delayOrOff, flag, kind } from '../options/option-kinds.js';
import type { OptionsFor } from '../options/option.js';
import { usagePlace } from '../options/option-place.js';
import { OptionTable, type Resolved } from '../options/option-table.js';
import { HubCloseCauses } from '../wire/close-causes.js';

/** Data of the `$shutdown` event, which everybody gets before the first connection is closed. */
export interface ShutdownNotice {
  /** The code and reason the connection is going to be closed with. */
  readonly code: number;
  readonly reason: string;
  /**
   * When to come back, in milliseconds after the close: not before `after`, and at a random moment
   * in the time `within` that follows, so that not all come at once.
   */
  readonly reconnect: { readonly after: number; readonly within: number };
}

/** How far a drain has come. */
export interface DrainProgress {
  readonly stage: 'notified' | 'closing' | 'waiting' | 'terminating' | 'closed';
  /** Connections still there. */
  readonly open: number;
  /** Connections that a handler keeps open. */
  readonly busy: number;
  /** Milliseconds since the drain began. */
  readonly elapsed: number;
}

export interface HubCloseOptions {
  /** 1001 (default) for going away, 1012 for a restart the clients may come back from. */
  code?: number | undefined;
  /** At most 123 bytes of UTF-8; default ''. */
  reason?: string | undefined;
  /**
   * Milliseconds for handlers under way, closing handshakes and disconnect hooks; default 30,000.
   * Then what is left is terminated.
   */
  deadline?: number | undefined;
  /** Whether clients get a `$shutdown` event first; default true. */
  notice?: boolean | undefined;
  /** Milliseconds between the notice and the first close; default 0. */
  grace?: number | undefined;
  /** Connections closed in one go; default 500. */
  batchSize?: number | undefined;
  /** Milliseconds between batches; default 50. */
  batchInterval?: number | undefined;
  /** The hint in the notice; default after 500 ms, within 5,000. */
  reconnect?: { after?: number | undefined; within?: number | undefined } | undefined;
  /** Told how far it has come: at every stage, and after every batch. */
  onProgress?: ((progress: DrainProgress) => void) | undefined;
}

const RECONNECT_OPTIONS = new OptionTable({
  after: delayOrOff(500),
  within: delayOrOff(5_000),
} satisfies OptionsFor<NonNullable<HubCloseOptions['reconnect']>>);

const closeCode = kind(
  'a close code that may be sent',
  (value): value is number => typeof value === 'number' && isSendableCloseCode(value),
);

const closeReason = kind(
  `a string of at most ${MAX_CLOSE_REASON} bytes`,
  (value): value is string =>
    typeof value === 'string' && Buffer.byteLength(value) <= MAX_CLOSE_REASON,
);

export const DRAIN_OPTIONS = new OptionTable({
  code: closeCode(HubCloseCauses.Shutdown.code),
  reason: closeReason(HubCloseCauses.Shutdown.reason),
  deadline: delay(30_000),
  notice: flag(true),
  grace: delayOrOff(0),
  batchSize: count(500),
  batchInterval: delayOrOff(50),
  reconnect: filled(RECONNECT_OPTIONS),
  onProgress: callback<(progress: DrainProgress) => void>(),
} satisfies OptionsFor<HubCloseOptions>);

/** The options with their defaults. */
export interface DrainPlan extends Omit<Resolved<typeof DRAIN_OPTIONS>, 'notice' | 'reconnect'> {
  readonly notice: ShutdownNotice | undefined;
}

/** @throws {UsageError} for a code that may not be sent, a reason that is too long, a bad number. */
export function drainPlan(given: HubCloseOptions): DrainPlan {
  const { notice, reconnect, ...plan } = DRAIN_OPTIONS.resolve(given, usagePlace('hub.close()'));
  const { code, reason } = plan;
  return { ...plan, notice: notice ? { code, reason, reconnect } : undefined };
}
