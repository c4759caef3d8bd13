/** Time and chance, so that tests can have their own. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** @returns takes it back */
  after(milliseconds: number, run: () => void): () => void;
  /** At least 0, less than 1. */
  random(): number;
}

export const realClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
