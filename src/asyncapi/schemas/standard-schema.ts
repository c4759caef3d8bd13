import { isRecord } from '../../support/is-record.js';
import { optionalPackage } from '../../support/optional-package.js';
import type { JsonSchema } from './json-schema.js';

/** A schema of a library that keeps Standard Schema: Zod, Valibot, ArkType and others. */
export interface StandardSchema {
  readonly '~standard': { readonly version: number; readonly vendor: string };
}

/** Whether a schema says what comes in, or what goes out. */
export type Direction = 'input' | 'output';

const TARGET = 'draft-07';

/** Packages that make JSON Schema where a library has no trait for it. */
const CONVERTERS: ReadonlyMap<
  string,
  readonly [name: string, call: string, options: (direction: Direction) => object]
> = new Map([
  [
    'zod',
    ['zod', 'toJSONSchema', (io: Direction) => ({ target: TARGET, io, unrepresentable: 'any' })],
  ],
  [
    'valibot',
    [
      '@valibot/to-json-schema',
      'toJsonSchema',
      (typeMode: Direction) => ({ target: TARGET, typeMode, errorMode: 'ignore' }),
    ],
  ],
]);

export function isStandardSchema(value: unknown): value is StandardSchema {
  if (typeof value !== 'function' && !isRecord(value)) return false;
  return isRecord(Reflect.get(value, '~standard'));
}

/**
 * The JSON Schema of a schema: by the trait of Standard JSON Schema, else by the converter of its library.
 * @returns undefined where its library has neither, or cannot say this schema
 */
export function readStandardSchema(
  schema: StandardSchema,
  direction: Direction,
): JsonSchema | undefined {
  const standard: unknown = schema['~standard'];
  if (!isRecord(standard)) return undefined;
  const trait: unknown = standard['jsonSchema'];
  const convert: unknown = isRecord(trait) ? trait[direction] : undefined;
  if (typeof convert === 'function') {
    const made = attempt(() => Reflect.apply(convert, trait, [{ target: TARGET }]));
    if (made !== undefined) return made;
  }
  const [name, call, options] = CONVERTERS.get(String(standard['vendor'])) ?? [];
  if (name === undefined || call === undefined || options === undefined) return undefined;
  const library = optionalPackage(name);
  const converter: unknown = isRecord(library) ? library[call] : undefined;
  if (typeof converter !== 'function') return undefined;
  return attempt(() => Reflect.apply(converter, library, [schema, options(direction)]));
}

/** Libraries throw at what JSON Schema cannot say: transformations, dates, symbols. */
function attempt(convert: () => unknown): JsonSchema | undefined {
  try {
    const made = convert();
    if (!isRecord(made)) return undefined;
    const { $schema: _dialect, '~standard': _standard, ...schema } = made;
    return schema;
  } catch {
    return undefined;
  }
}
