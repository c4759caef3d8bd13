import { inspect } from 'node:util';

const MAX_CAUSES = 3;

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

/** With what caused it, and what caused that: of an error whose own text is for strangers. */
export function describeCauses(error: unknown): string {
  const texts = [describeError(error)];
  for (let at = error; at instanceof Error && texts.length <= MAX_CAUSES; at = at.cause) {
    if (at.cause !== undefined) texts.push(describeError(at.cause));
  }
  return texts.join('; caused by ');
}

/** Where it was made, undefined for what is no error. */
export function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
