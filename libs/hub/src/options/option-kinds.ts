import type { Option, REQUIRED } from './option.js';
import type { OptionPlace } from './option-place.js';
import { isOptions } from './option-table.js';

/** The longest delay Node's timers take; a longer one would fire at once. */
export const MAX_DELAY = 2 ** 31 - 1;

/** What holds while nothing is given; `REQUIRED` when something has to be. */
type Default<Value> = Value | undefined | typeof REQUIRED;

/** Missing only where there is no default. */
type Or<Value, Fallback> = undefined extends Fallback ? Value | undefined : Value;

/** Makes an option of a kind, with its default: `undefined` for none, or `REQUIRED`. */
export type Kind<Value> = <Fallback extends Default<Value>>(
  fallback: Fallback,
) => Option<Value, Or<Value, Fallback>>;

/** @param allowed what messages say behind "expected" */
export function kind<Value>(
  allowed: string,
  holds: (value: unknown) => value is Value,
): Kind<Value> {
  return <Fallback extends Default<Value>>(
    fallback: Fallback,
  ): Option<Value, Or<Value, Fallback>> => ({
    allowed,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what may be missing is in Or
    fallback: fallback as Or<Value, Fallback> | typeof REQUIRED,
    read(value, at) {
      if (holds(value)) return value;
      throw at.refuse(allowed, value);
    },
    merge: (_base, given) => given,
  });
}

/** Things and bytes. */
export const count = kind('a whole number, 1 or more', (value) => isWhole(value, 1));
export const flag = kind('true or false', (value) => typeof value === 'boolean');
export const text = kind('a string', (value) => typeof value === 'string');
/** Where fractions make sense: rates. */
export const amount = kind('a positive number', isAmount);
/** Milliseconds of a timer. */
export const delay = kind(`whole milliseconds, 1 to ${MAX_DELAY}`, (value) =>
  isWhole(value, 1, MAX_DELAY),
);
/** The same for times that 0 turns off. */
export const delayOrOff = kind(`whole milliseconds, 0 to ${MAX_DELAY}`, (value) =>
  isWhole(value, 0, MAX_DELAY),
);

/** What 0 turns off, for instance. */
export function wholeFrom(least: number): Kind<number> {
  return kind(`a whole number from ${least}`, (value) => isWhole(value, least));
}

export function oneOf<const Word extends string>(words: readonly Word[]): Kind<Word> {
  return kind(words.join(', '), (value): value is Word => words.some((word) => word === value));
}

type Callable = (...args: never[]) => unknown;

/** What the application wants to be told or asked. */
export function callback<Signature extends Callable>(): Option<Signature, Signature | undefined> {
  return kind('a function', (value): value is Signature => typeof value === 'function')(undefined);
}

/** An object that is used by its methods. @param methods at least those that always are */
export function objectWith<Shape extends object>(
  ...methods: (keyof Shape & string)[]
): Kind<Shape> {
  const allowed =
    methods.length === 0 ? 'an object' : `an object with the methods ${methods.join(', ')}`;
  return kind(
    allowed,
    (value): value is Shape =>
      isOptions(value) && methods.every((name) => typeof Reflect.get(value, name) === 'function'),
  );
}

/** A value that whoever uses it checks. @param use throws for a wrong one */
export function usable<Value>(
  allowed: string,
  holds: (value: unknown) => value is Value,
  use: (value: Value) => void,
): Option<Value, Value | undefined> {
  const one = kind(allowed, holds)(undefined);
  return {
    ...one,
    read(value, at) {
      const held = one.read(value, at);
      attempt(() => use(held), at);
      return held;
    },
  };
}

/** @throws what `at` makes of an error of `call` */
export function attempt<Result>(call: () => Result, at: OptionPlace): Result {
  try {
    return call();
  } catch (error) {
    throw at.refused(error);
  }
}

export function isWhole(value: unknown, least: number, most = Infinity): value is number {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
