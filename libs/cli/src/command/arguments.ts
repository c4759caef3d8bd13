import { parseArgs } from 'node:util';
import { ContractError } from '../support/contract-error.js';
import { unknownName } from '../support/unknown-name.js';
import type { CommandOption } from './options.js';

/** What stands on a command line. */
interface Arguments {
  readonly positionals: readonly string[];
  has(option: string): boolean;
  /** The last value of an option. */
  value(option: string): string | undefined;
  values(option: string): readonly string[];
}

/**
 * @throws {ContractError} for an option that there is not, with the one that was meant; for a value that
 *   is missing, or stands where none is expected
 */
export function readArguments(
  args: readonly string[],
  options: Readonly<Record<string, CommandOption>>,
): Arguments {
  const { positionals, tokens } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, { value, short }]) => [
        name,
        {
          type: value === undefined ? ('boolean' as const) : ('string' as const),
          ...(short === undefined ? {} : { short }),
        },
      ]),
    ),
  });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const value = readOption(options, token.name, token.rawName, token.value);
    given.set(token.name, [...(given.get(token.name) ?? []), value]);
  }
  return {
    positionals,
    has: (option) => given.has(option),
    value: (option) => given.get(option)?.at(-1),
    values: (option) => given.get(option) ?? [],
  };
}

function readOption(
  options: Readonly<Record<string, CommandOption>>,
  name: string,
  rawName: string,
  value: string | undefined,
): string {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) {
    const known = Object.keys(options).map((one) => `--${one}`);
    throw new ContractError(`Cannot read option: ${unknownName(rawName, known)}`);
  }
  const isMissing = value === undefined || value === '';
  if (option.value !== undefined && isMissing) {
    throw new ContractError(
      `Cannot read option ${rawName}: expected a ${option.value} behind it, current value is none`,
    );
  }
  if (option.value === undefined && value !== undefined) {
    throw new ContractError(
      `Cannot read option ${rawName}: expected nothing behind it, current value is ${value}`,
    );
  }
  return value ?? '';
}
