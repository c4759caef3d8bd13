import { positive } from '../support/positive.js';
import { checkCloseFrame } from '../wire/close-codes.js';
import { UsageError } from '#engine';
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

/** The options with their defaults. */
export interface DrainPlan {
  readonly code: number;
  readonly reason: string;
  readonly deadline: number;
  readonly notice: ShutdownNotice | undefined;
  readonly grace: number;
  readonly batchSize: number;
  readonly batchInterval: number;
  readonly onProgress: ((progress: DrainProgress) => void) | undefined;
}

const DEFAULT_DRAIN_DEADLINE = 30_000;

/** @throws {UsageError} for a code that may not be sent, a reason that is too long, a bad number. */
export function drainPlan(options: HubCloseOptions): DrainPlan {
  const { Shutdown } = HubCloseCauses;
  const { code = Shutdown.code, reason = Shutdown.reason, notice = true, onProgress } = options;
  checkCloseFrame('close hub', code, reason);
  const reconnect = {
    after: milliseconds('reconnect.after', options.reconnect?.after, 500),
    within: milliseconds('reconnect.within', options.reconnect?.within, 5_000),
  };
  return {
    code,
    reason,
    deadline: positive('deadline', options.deadline, DEFAULT_DRAIN_DEADLINE),
    notice: notice ? { code, reason, reconnect } : undefined,
    grace: milliseconds('grace', options.grace, 0),
    batchSize: positive('batchSize', options.batchSize, 500),
    batchInterval: milliseconds('batchInterval', options.batchInterval, 50),
    onProgress,
  };
}

function milliseconds(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new UsageError(
    `Cannot use option ${name}: whole milliseconds from 0 are expected, current value is ${String(value)}`,
  );
}
