import { UsageError } from '#engine';

/**
 * A count, size or time of an option.
 * @throws {UsageError} naming the option, for anything but a positive integer
 */
export function positive(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(
    `Cannot use option ${name}: a positive integer is expected, current value is ${String(value)}`,
  );
}
