import { inspect } from 'node:util';

/**
 * Whatever was thrown as text for a log. `String` alone throws at an object without prototype and at
 * one whose `toString` does, and then the error it was to report is lost, or ends the process.
 */
export function describeError(error: unknown): string {
  try {
    return String(error);
  } catch {
    return inspect(error, { customInspect: false });
  }
}

/** Where it was made, undefined for what is no error. */
export function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
