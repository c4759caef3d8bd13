import type { OptionPlace } from './option-place.js';

/** In place of a default: the option has to be given. */
export const REQUIRED: unique symbol = Symbol('required');

/** How one option is read. `Written` is what may be given, `Value` what is worked with. */
export interface Option<Written, Value = Written> {
  /** What may be given, as messages say it behind "expected". */
  readonly allowed: string;
  /** The value while nothing is given. */
  readonly fallback: Value | typeof REQUIRED;
  /** Names of the options inside of it. */
  readonly names?: readonly string[];
  /** @throws what `at` makes of a value that may not be given */
  read(value: unknown, at: OptionPlace): Written;
  /** What was given over what holds otherwise. */
  merge(base: Value, given: Written): Value;
  /** Never there: lets a table fit an interface only when both take exactly the same. */
  readonly takes?: (given: Written) => void;
}

/** An option of any kind. */
export interface AnyOption {
  readonly allowed: string;
  readonly fallback: unknown;
  readonly names?: readonly string[];
  read(value: unknown, at: OptionPlace): unknown;
  merge(base: unknown, given: unknown): unknown;
}

export type AnyOptions = Readonly<Record<string, AnyOption>>;

/**
 * What a table has to have for the interface that users read: each name once, and no other. For
 * `new OptionTable({ ... } satisfies OptionsFor<SomeOptions>)`.
 */
export type OptionsFor<Interface> = {
  readonly [Name in keyof Interface]-?: Option<Exclude<Interface[Name], undefined>, unknown>;
};

type GivenOf<One> = One extends { read(...args: never[]): infer Written } ? Written : never;
type ValueOf<One> = One extends { merge(...args: never[]): infer Value } ? Value : never;

/** What may be given for a set of options. */
export type Given<Options extends AnyOptions> = {
  readonly [Name in keyof Options]?: GivenOf<Options[Name]> | undefined;
};

/** What is worked with: every option has its value. */
export type Values<Options extends AnyOptions> = {
  readonly [Name in keyof Options]: ValueOf<Options[Name]>;
};
