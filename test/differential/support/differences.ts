import type { Program } from './program.js';
import type { Outcome } from './run-program.js';
import type { Account } from './watched-end.js';

/** What a call hears of itself. */
const ONCE = new Set(['sent', 'error', 'thrown']);

/** What one run of a program had otherwise than another, as texts. */
export function differences(program: Program, found: Outcome, expected: Outcome): string[] {
  return (['client', 'server'] as const).flatMap((end) => {
    const [mine, others] = [found[end], expected[end]];
    if (mine === null || others === null) {
      return mine === others ? [] : [`${end}: there, expected none, or the other way about`];
    }
    return program.endsAbruptly
      ? partsThatMayNotDiffer(end, mine, others)
      : parts(end, mine, others);
  });
}

function parts(end: string, found: Account, expected: Account): string[] {
  return (Object.keys(expected) as (keyof Account)[])
    .filter((part) => JSON.stringify(found[part]) !== JSON.stringify(expected[part]))
    .map((part) => `${end}.${part}: ${brief(found[part])}, expected ${brief(expected[part])}`);
}

/** Of a connection that was cut: whatever came through came in order, and each was told once. */
function partsThatMayNotDiffer(end: string, found: Account, expected: Account): string[] {
  const wrong: string[] = [];
  const [shorter, longer] =
    found.received.length < expected.received.length
      ? [found.received, expected.received]
      : [expected.received, found.received];
  if (shorter.some((one, index) => one !== longer[index])) {
    wrong.push(`${end}.received: ${brief(found.received)}, expected ${brief(expected.received)}`);
  }
  if (found.close.length !== 1) wrong.push(`${end}.close: ${brief(found.close)}`);
  const often = found.callbacks.filter((calls) => !ONCE.has(calls));
  if (often.length > 0) wrong.push(`${end}.callbacks: ${brief(often)}`);
  return wrong;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 600 ? `${text.slice(0, 300)} … ${text.slice(-300)}` : text;
}
