/** How long the pauses between tries are, in milliseconds. */
export interface Backoff {
  readonly first: number;
  readonly factor: number;
  readonly most: number;
}

/** A server's wish for a pause is heard up to an hour: a longer one would be as good as none. */
const LONGEST_WISH = 3_600_000;

/**
 * A random part of a pause that grows with each failure, so that a thousand pages do not come back in
 * the same moment.
 *
 * @param failures since the last steady connection, from 0
 * @param random at least 0, less than 1
 */
export function pauseAfter(
  failures: number,
  { first, factor, most }: Backoff,
  random: number,
): number {
  return random * Math.min(most, first * factor ** failures);
}

/** A number of milliseconds that the server wishes; 0 for anything else. */
export function wish(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.min(value, LONGEST_WISH) : 0;
}
