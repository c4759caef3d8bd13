/** Milliseconds by which a clock may seem to differ only because of the way from it. */
const TOLERANCE = 2_000;

/**
 * A time that another process has said, as the clock here would say it.
 * @param now of this clock
 * @param theirs what the other clock said when the time was sent
 */
export function localTime(time: number, now: number, theirs: number): number {
  const skew = now - theirs;
  return Math.abs(skew) <= TOLERANCE ? time : time + skew;
}
