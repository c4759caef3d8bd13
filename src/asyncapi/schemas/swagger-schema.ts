import { isRecord } from '../../support/is-record.js';
import { ANYTHING, objectSchema, withKeywords, type JsonSchema } from './json-schema.js';
import type { SwaggerProperty } from './swagger-metadata.js';
import { enumOf, enumValues } from './validation-rules.js';

/** What JSON Schema and OpenAPI call by the same name. */
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'title description default format deprecated readOnly writeOnly multipleOf maximum minimum maxLength minLength ' +
    'pattern maxItems minItems uniqueItems maxProperties minProperties exclusiveMaximum exclusiveMinimum'
  ).split(' '),
);
const NESTED = ['items', 'additionalProperties', 'not'] as const;
const COMBINED = ['oneOf', 'anyOf', 'allOf'] as const;
const OPENAPI_REF = /^#\/components\/schemas\/(.+)$/;

/** What stands behind a type that is written in code, and behind a name. */
export interface Resolver {
  ofType(type: unknown): JsonSchema;
  ofName(name: string): JsonSchema;
}

/** The schema of a property, from what `@ApiProperty` says. */
export function swaggerSchemaOf(given: SwaggerProperty, resolver: Resolver): JsonSchema {
  const { type, isArray, enum: members, nullable, ...rest } = given;
  let schema = baseOf(type, members, rest, resolver);
  const said = keywordsOf(rest, resolver);
  if (isArray === true && schema['type'] !== 'array') schema = { type: 'array', items: schema };
  // A combination says what type there is.
  if (COMBINED.some((one) => one in said)) {
    schema = schema['type'] === 'array' ? { type: 'array', items: combination(said) } : ANYTHING;
    if ('items' in schema) for (const one of COMBINED) delete said[one];
  }
  schema = withKeywords(schema, said);
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

/** A schema of OpenAPI 3.0 that somebody has written by hand. */
function openApiSchema(given: unknown, resolver: Resolver): JsonSchema {
  if (!isRecord(given)) return ANYTHING;
  const { $ref } = given;
  const [, name] = typeof $ref === 'string' ? (OPENAPI_REF.exec($ref) ?? []) : [];
  if (name !== undefined) return resolver.ofName(name);
  const { properties, required, ...rest } = given;
  const schema = swaggerSchemaOf(rest, resolver);
  const members = isRecord(properties) ? Object.entries(properties) : [];
  if (members.length === 0) return schema;
  return {
    ...schema,
    ...objectSchema({
      properties: new Map(members.map(([key, one]) => [key, openApiSchema(one, resolver)])),
      required: Array.isArray(required) ? required.filter((key) => typeof key === 'string') : [],
    }),
  };
}

function baseOf(
  type: unknown,
  members: unknown,
  rest: Readonly<Record<string, unknown>>,
  resolver: Resolver,
): JsonSchema {
  const values = typeof members === 'function' ? Reflect.apply(members, undefined, []) : members;
  if (values !== undefined) return enumOf(enumValues(values));
  if (typeof type === 'string') return namedType(type, rest, resolver);
  if (!isRecord(type) || Array.isArray(type)) return resolver.ofType(type);
  const constants = enumOf(enumValues(type));
  if (!Object.values(type).some(isRecord)) return constants;
  const shape = Object.entries(type).filter((entry): entry is [string, SwaggerProperty] =>
    isRecord(entry[1]),
  );
  return objectSchema({
    properties: new Map(shape.map(([key, one]) => [key, swaggerSchemaOf(one, resolver)])),
    required: shape.filter(([, one]) => one['required'] !== false).map(([key]) => key),
  });
}

/** `'array'` and `'object'` have what is in them beside them. */
function namedType(
  type: string,
  rest: Readonly<Record<string, unknown>>,
  resolver: Resolver,
): JsonSchema {
  const { properties } = rest;
  if (type !== 'object' || !isRecord(properties)) {
    return ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'].includes(type)
      ? { type }
      : ANYTHING;
  }
  const required = rest['required'] ?? rest['selfRequired'];
  return objectSchema({
    properties: new Map(
      Object.entries(properties).map(([key, one]) => [key, openApiSchema(one, resolver)]),
    ),
    required: Array.isArray(required) ? required.filter((key) => typeof key === 'string') : [],
  });
}

function keywordsOf(
  rest: Readonly<Record<string, unknown>>,
  resolver: Resolver,
): Record<string, unknown> {
  const said: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(rest)) {
    if (KEYWORDS.has(keyword) && value !== undefined) said[keyword] = value;
  }
  // Of OpenAPI 3.0, where these are flags on `minimum` and `maximum`.
  for (const [flag, limit] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof said[flag] !== 'boolean') continue;
    const isExclusive = said[flag];
    delete said[flag];
    if (!isExclusive || said[limit] === undefined) continue;
    said[flag] = said[limit];
    delete said[limit];
  }
  for (const keyword of NESTED) {
    const value = rest[keyword];
    if (isRecord(value)) said[keyword] = openApiSchema(value, resolver);
    else if (typeof value === 'boolean' && keyword === 'additionalProperties')
      said[keyword] = value;
  }
  for (const keyword of COMBINED) {
    const value: unknown = rest[keyword];
    if (!Array.isArray(value)) continue;
    said[keyword] = value.map((one) => openApiSchema(one, resolver));
  }
  const examples = examplesOf(rest);
  return examples.length === 0 ? said : { ...said, examples };
}

function combination(said: Readonly<Record<string, unknown>>): JsonSchema {
  return Object.fromEntries(
    Object.entries(said).filter(([key]) => COMBINED.some((one) => one === key)),
  );
}

function examplesOf({ example, examples }: Readonly<Record<string, unknown>>): unknown[] {
  const several = isRecord(examples) ? Object.values(examples) : [];
  const listed: unknown[] = Array.isArray(examples) ? examples : several;
  return example === undefined ? listed : [example, ...listed];
}
