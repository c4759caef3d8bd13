import type { JsonSchema } from './json-schema.js';
import type { StandardSchema } from './standard-schema.js';

type AnyClass = abstract new (...args: never[]) => unknown;

/**
 * What a value is like: a class, as one of DTOs, `String`, `Number`, `Boolean` or `Date`; a list of one of
 * these, `[Card]`; a schema of Zod, Valibot or another library that keeps Standard Schema; JSON Schema of draft 07;
 * or a function that returns one of these, for classes that are declared later.
 */
export type ApiType = AnyClass | readonly [ApiType] | StandardSchema | JsonSchema | (() => ApiType);

/** A class; functions without a prototype are arrow functions. */
export function isClass(
  type: unknown,
): type is { readonly name: string; readonly prototype: object } {
  return (
    typeof type === 'function' && typeof type.prototype === 'object' && type.prototype !== null
  );
}
