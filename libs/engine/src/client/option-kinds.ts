import { inspect } from 'node:util';
import { UsageError } from '../protocol/errors.js';

/** What kinds of values an option may have, beside being left out. */
const KINDS = {
  boolean: ['true and false', (value: unknown) => typeof value === 'boolean'],
  count: ['whole numbers from 0', (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0], // prettier-ignore
  string: ['strings', (value: unknown) => typeof value === 'string'],
  object: ['objects', (value: unknown) => typeof value === 'object'],
  function: ['functions', (value: unknown) => typeof value === 'function'],
} as const;

/**
 * Checks options by their kinds; undefined and null are options left out.
 * @throws {UsageError} naming the option, its value and what is allowed
 */
export function checkKinds(
  options: object,
  kinds: Readonly<Record<string, keyof typeof KINDS>>,
): void {
  for (const [name, kind] of Object.entries(kinds)) {
    const value: unknown = Reflect.get(options, name);
    const [allowed, isA] = KINDS[kind];
    if (value === undefined || value === null || isA(value)) continue;
    const shown = typeof value === 'object' ? 'an object' : inspect(value);
    throw new UsageError(
      `Cannot use option ${name}: current value is ${shown}, allowed are ${allowed}`,
    );
  }
}
