import {
  DefaultValuePipe,
  ParseArrayPipe,
  ParseBoolPipe,
  ParseDatePipe,
  ParseEnumPipe,
  ParseFloatPipe,
  ParseIntPipe,
  ParseUUIDPipe,
  ValidationPipe,
} from '@nestjs/common';
import type { MethodHost } from '../../declaration/overridden-method.js';
import { ParamKind } from '../../declaration/params/param-kind.js';
import { readParams, type ParamMetadata } from '../../declaration/params/param-metadata.js';
import { isRecord } from '../../support/is-record.js';
import { PIPES_METADATA } from '../../support/nest-metadata.js';
import { enumOf, enumValues } from '../schemas/validation-rules.js';
import { isClass } from '../schemas/api-type.js';
import { ANYTHING, isAnything, objectSchema, type JsonSchema } from '../schemas/json-schema.js';
import type { Schemas } from '../schemas/schemas.js';
import { isStandardSchema, type StandardSchema } from '../schemas/standard-schema.js';

/** What a handler takes of a message. */
interface HandlerData {
  /** `undefined`: nothing. */
  readonly schema: JsonSchema | undefined;
  readonly isOptional: boolean;
}

/** What the pipes of Nest take, whatever they make of it. */
const PIPE_INPUTS: readonly (readonly [pipe: unknown, input: JsonSchema])[] = [
  [ParseIntPipe, { type: 'integer' }],
  [ParseFloatPipe, { type: 'number' }],
  [ParseBoolPipe, { type: 'boolean' }],
  [ParseUUIDPipe, { type: 'string', format: 'uuid' }],
  [ParseArrayPipe, { type: 'array' }],
  [ParseDatePipe, { type: 'string', format: 'date-time' }],
];

const NOTHING: HandlerData = { schema: undefined, isOptional: true };

/** What the parameters of a handler say of its data. @param place for schemas that need a name */
export function handlerData(
  type: MethodHost,
  name: string,
  schemas: Schemas,
  place: string,
): HandlerData {
  const bodies = parametersOf(type, name, ParamKind.Body);
  if (bodies.length === 0) return NOTHING;
  const types = parameterTypes(type, name);
  const whole = bodies.find(({ data }) => typeof data !== 'string');
  if (whole !== undefined) {
    // A method that takes its connection alone was given the second parameter by default.
    if (types !== undefined && whole.index >= types.length) return NOTHING;
    return parameter(whole, types, methodSchema(type, name), schemas, place);
  }
  const properties = new Map<string, JsonSchema>();
  const required: string[] = [];
  for (const body of bodies) {
    const property = String(body.data);
    const read = parameter(body, types, undefined, schemas, `${place}.${property}`);
    properties.set(property, read.schema ?? ANYTHING);
    if (!read.isOptional) required.push(property);
  }
  return {
    schema: objectSchema({ properties, required }),
    isOptional: required.length === 0,
  };
}

/** Parameters with a decorator of one kind, by their places. */
export function parametersOf(type: MethodHost, name: string, kind: number): ParamMetadata[] {
  return Object.entries(readParams(type, name) ?? {})
    .filter(([key]) => key.startsWith(`${kind}:`))
    .map(([, param]) => param)
    .sort((a, b) => a.index - b.index);
}

/** What TypeScript has written down; undefined where the compiler was not told to. */
export function parameterTypes(
  { prototype }: MethodHost,
  name: string,
): readonly unknown[] | undefined {
  const types: unknown = Reflect.getMetadata('design:paramtypes', prototype, name);
  return Array.isArray(types) ? types : undefined;
}

function parameter(
  param: ParamMetadata,
  types: readonly unknown[] | undefined,
  ofMethod: StandardSchema | undefined,
  schemas: Schemas,
  place: string,
): HandlerData {
  const pipes = param.pipes ?? [];
  const own = standardSchemaOf(param, pipes) ?? ofMethod;
  const schema =
    own === undefined ? piped(types?.[param.index], pipes, schemas, place) : schemas.of(own, place);
  const hasDefault = pipes.some((pipe) => isPipe(pipe, DefaultValuePipe));
  return { schema, isOptional: hasDefault || isAnything(schema) };
}

/** Nest 12 takes a schema as an option of `@Body`; pipes that check with one have it as a property. */
function standardSchemaOf(param: object, pipes: readonly unknown[]): StandardSchema | undefined {
  const candidates = [param, ...pipes].map((one) => (isRecord(one) ? one['schema'] : undefined));
  return candidates.find(isStandardSchema);
}

function methodSchema({ prototype }: MethodHost, name: string): StandardSchema | undefined {
  const method: unknown = Reflect.get(prototype, name);
  if (typeof method !== 'function') return undefined;
  const pipes: unknown = Reflect.getMetadata(PIPES_METADATA, method);
  return Array.isArray(pipes) ? standardSchemaOf({}, pipes) : undefined;
}

/** The first pipe says what comes in; of one that nobody knows, the type is what comes out. */
function piped(
  type: unknown,
  pipes: readonly unknown[],
  schemas: Schemas,
  place: string,
): JsonSchema {
  const [first] = pipes.filter(
    (pipe) => !isPipe(pipe, DefaultValuePipe) && !isPipe(pipe, ValidationPipe),
  );
  if (first === undefined) return schemas.of(type, place);
  const known = PIPE_INPUTS.find(([pipe]) => isPipe(first, pipe));
  if (known !== undefined) return known[1];
  if (isPipe(first, ParseEnumPipe)) {
    return enumOf(enumValues(isRecord(first) ? first['enumType'] : undefined));
  }
  // A class with rules is checked, not made from something else.
  const schema = schemas.of(type, place);
  return isClass(type) && '$ref' in schema ? schema : ANYTHING;
}

function isPipe(pipe: unknown, type: unknown): boolean {
  if (typeof type !== 'function') return false;
  if (typeof pipe === 'function') return pipe === type || pipe.prototype instanceof type;
  return pipe instanceof type;
}
