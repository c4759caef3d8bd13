/** Handle of a timer, for `clear` only; undefined is none. */
export type Timer = unknown;

/** Time and chance, so that a test can own both. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls once, `delay` milliseconds from now; never keeps the process alive. */
  after(delay: number, call: () => void): Timer;
  /** Calls at the end of this turn of the event loop. */
  soon(call: () => void): void;
  clear(timer: Timer): void;
  /** From 0 up to 1. */
  random(): number;
}

/** The process' own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delay, call) => setTimeout(call, delay).unref(),
  soon: (call) => void setImmediate(call),
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `after` has returned
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  random: () => Math.random(),
};
