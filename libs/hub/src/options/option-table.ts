import { nearestName } from '#engine';
import { REQUIRED, type AnyOption, type AnyOptions, type Given, type Values } from './option.js';
import type { OptionPlace } from './option-place.js';

/** The type that options come to, for example `Resolved<typeof LANE_OPTIONS>`. */
export type Resolved<Table extends { readonly defaults: object }> = Table['defaults'];

/**
 * A set of options, declared once: from it come their names, defaults, checks, the merging of one
 * set over another, and the types of what is given and of what is worked with.
 */
export class OptionTable<const Options extends AnyOptions> {
  readonly names: readonly (keyof Options & string)[];
  /** What holds while nothing is given. */
  readonly defaults: Values<Options>;
  readonly #entries: readonly (readonly [keyof Options & string, AnyOption])[];

  /** @param options in the order in which messages list them */
  constructor(readonly options: Options) {
    this.#entries = Object.entries(options);
    this.names = this.#entries.map(([name]) => name);
    const set = this.#entries.filter(([, { fallback }]) => fallback !== REQUIRED);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys and values are those of the options
    this.defaults = Object.freeze(
      Object.fromEntries(set.map(([name, { fallback }]) => [name, fallback])),
    ) as Values<Options>;
  }

  /**
   * The options that are set, checked and each read once; properties may be inherited.
   * @throws what `at` makes of anything but an object, of an unknown name or of a wrong value
   */
  read(given: unknown, at: OptionPlace): Given<Options> {
    if (!isOptions(given)) throw at.refuse('an object', given);
    this.checkNames(given, at);
    const set: Record<string, unknown> = {};
    for (const [name, option] of this.#entries) {
      const value = valueOf(given, name, option.allowed, at);
      if (value !== undefined) set[name] = option.read(value, at.in(name));
      else if (option.fallback === REQUIRED) throw at.in(name).refuse(option.allowed, value);
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each was read by the option of its name
    return set as Given<Options>;
  }

  /** What is given, with the defaults for the rest. @throws as `read` does */
  resolve(given: unknown, at: OptionPlace): Values<Options> {
    return this.override(this.defaults, this.read(given, at));
  }

  /** @param own as `read` returns it; comes before `base` */
  override(base: Values<Options>, own: Given<Options>): Values<Options> {
    const values: Record<string, unknown> = {};
    for (const [name, option] of this.#entries) {
      const given: unknown = Object.hasOwn(own, name) ? own[name] : undefined;
      const value: unknown = base[name];
      values[name] = given === undefined ? value : option.merge(value, given);
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each was merged by the option of its name
    return values as Values<Options>;
  }

  /** The options of this table among others, to be handed to whoever reads them. */
  pick(all: Given<Options>): Given<Options> {
    const set = this.names.filter((name) => all[name] !== undefined);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys and values are those of `all`
    return Object.fromEntries(set.map((name) => [name, all[name]])) as Given<Options>;
  }

  /** @throws what `at` makes of a name that no option has: a typing error would go unnoticed */
  checkNames(given: object, at: OptionPlace): void {
    checkNames(given, this.names, at, this.options);
  }
}

/**
 * @param options those of the names that have names inside are searched for the one that was meant, too
 * @throws what `at` makes of a property that is none of the names
 */
export function checkNames(
  given: object,
  names: readonly string[],
  at: OptionPlace,
  options: AnyOptions = {},
): void {
  // Inherited ones, too: options may be an instance of a class, or be made from others.
  for (const name in given) {
    if (names.includes(name) || isEverywhere(given, name)) continue;
    throw at.unknown(name, names, nearestName(name, names) ?? nearestInside(name, options));
  }
}

/** @throws what `at` makes of a getter that throws */
export function valueOf(given: object, name: string, allowed: string, at: OptionPlace): unknown {
  if (isEverywhere(given, name)) return undefined;
  try {
    return Reflect.get(given, name);
  } catch (error) {
    throw at.in(name).unreadable(allowed, error);
  }
}

export function isOptions(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a property was put on all objects: nobody has set that as an option. */
function isEverywhere(given: object, name: string): boolean {
  return Object.hasOwn(Object.prototype, name) && !Object.hasOwn(given, name);
}

/** `limits.maxPayload` for a name that was written one level too high. */
function nearestInside(name: string, options: AnyOptions): string | undefined {
  for (const [outer, { names = [] }] of Object.entries(options)) {
    const inner = nearestName(name, names);
    if (inner !== undefined) return `${outer}.${inner}`;
  }
  return undefined;
}
