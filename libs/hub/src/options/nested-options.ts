import type { AnyOption, AnyOptions, Given, Option, Values } from './option.js';
import type { OptionPlace } from './option-place.js';
import type { OptionTable } from './option-table.js';

/** A table, as the interface that users read. */
interface Reader<Interface> {
  readonly names: readonly string[];
  read(value: unknown, at: OptionPlace): Interface;
}

/** Options of their own: kept as they are set, for whoever fills in their defaults. */
export function nested<Interface extends object>(
  table: Reader<Interface>,
): Option<Interface, Interface | undefined>;
export function nested<Interface extends object>(
  table: Reader<Interface>,
  fallback: Interface,
): Option<Interface>;
export function nested<Interface extends object>(
  table: Reader<Interface>,
  fallback?: Interface,
): Option<Interface, Interface | undefined> {
  return {
    allowed: 'an object',
    fallback,
    names: table.names,
    read: (value, at) => table.read(value, at),
    merge: (base, given) => ({ ...base, ...given }),
  };
}

/** Options of their own, with their defaults filled in. */
export function filled<const Options extends AnyOptions>(
  table: OptionTable<Options>,
): Option<Given<Options>, Values<Options>> {
  return {
    allowed: 'an object',
    fallback: table.defaults,
    names: table.names,
    read: (value, at) => table.read(value, at),
    merge: (base, given) => table.override(base, given),
  };
}

/** The same option with another default. */
export function withDefault<Value, Fallback>(
  option: Option<Value>,
  fallback: Fallback,
): Option<Value, Value | Fallback> {
  return { ...option, fallback, merge: (_base, given) => given };
}

/** The same options without defaults: somebody else fills them in. */
export function optional<const Options extends AnyOptions>(options: Options): Optional<Options> {
  const bare = Object.entries(options).map(([name, option]): [string, AnyOption] => [
    name,
    { ...option, fallback: undefined, merge: (_base, given) => given },
  ]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys are those of the options
  return Object.fromEntries(bare) as Optional<Options>;
}

type Optional<Options extends AnyOptions> = {
  readonly [Name in keyof Options]: Options[Name] extends Option<infer Value, infer _Value>
    ? Option<Value, Value | undefined>
    : never;
};
