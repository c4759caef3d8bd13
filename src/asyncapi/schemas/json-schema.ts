/** A schema of JSON Schema draft 07, as AsyncAPI takes it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** Where the schemas of a document stand that have a name. */
export const SCHEMAS = '#/components/schemas/';

/** Anything: what nobody has described. */
export const ANYTHING: JsonSchema = Object.freeze({});

export function refTo(name: string): JsonSchema {
  return { $ref: `${SCHEMAS}${name}` };
}

/** Whether it says nothing about a value. */
export function isAnything(schema: JsonSchema): boolean {
  return Object.keys(schema).length === 0;
}

/** Puts keywords beside a schema; beside a reference none count (draft 07), so they go around it. */
export function withKeywords(schema: JsonSchema, keywords: JsonSchema): JsonSchema {
  if (isAnything(keywords)) return schema;
  return '$ref' in schema ? { ...keywords, allOf: [schema] } : { ...schema, ...keywords };
}

/** One of several; those that are the same count once. */
export function oneOf(schemas: readonly JsonSchema[]): JsonSchema {
  const distinct = new Map(schemas.map((schema) => [JSON.stringify(schema), schema]));
  const [only = ANYTHING, ...others] = distinct.values();
  return others.length === 0 ? only : { anyOf: [...distinct.values()] };
}

interface ObjectShape {
  readonly properties: ReadonlyMap<string, JsonSchema>;
  readonly required: readonly string[];
}

export function objectSchema({ properties, required }: ObjectShape): JsonSchema {
  return {
    type: 'object',
    ...(properties.size > 0 && { properties: toRecord(properties) }),
    ...(required.length > 0 && { required: [...required] }),
  };
}

/** A name may be `__proto__`. */
export function toRecord<Value>(
  entries: Iterable<readonly [string, Value]>,
): Record<string, Value> {
  const record: Record<string, Value> = {};
  for (const [key, value] of entries) {
    Object.defineProperty(record, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return record;
}
