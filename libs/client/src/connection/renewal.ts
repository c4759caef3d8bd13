import type { Clock } from '../support/clock.js';

/** A server that calls every session about to end is not asked for more tokens than this. */
const LEAST_PAUSE = 5_000;

/** What renewing a session takes. */
interface RenewalHost {
  token(signal: AbortSignal): Promise<string | null | undefined>;
  /** Sends `reauthenticate`. */
  hand(token: string): Promise<unknown>;
  report(error: unknown): void;
}

/**
 * Renews the session of an open connection when the server says that it is about to end.
 *
 * @returns to be called then, with a signal that aborts when the connection is over
 */
export function renewal(clock: Clock, host: RenewalHost): (signal: AbortSignal) => Promise<void> {
  let last = -Infinity;
  /** The connection for which a token is being asked for: a token may never come. */
  let busy: AbortSignal | undefined;
  return async (signal) => {
    const now = clock.now();
    if (busy === signal || now - last < LEAST_PAUSE) return;
    last = now;
    busy = signal;
    try {
      const token = await host.token(signal);
      if (typeof token === 'string' && !signal.aborted) await host.hand(token);
    } catch (error) {
      // The server closes with 4401 when the time is over, and then another token is asked for.
      if (!signal.aborted) host.report(error);
    } finally {
      if (busy === signal) busy = undefined;
    }
  };
}
