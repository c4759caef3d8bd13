import type { PipeTransform, Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '../../support/nest-metadata.js';

/** A pipe as parameter decorators take it: an instance, or a class that Nest instantiates. */
export type PipeArgument = Type<PipeTransform> | PipeTransform;

/** One parameter as Nest's scanner and its context creators read it. */
export interface ParamMetadata {
  readonly index: number;
  readonly data: unknown;
  readonly pipes: readonly PipeArgument[];
}

/** Parameters of one method, keyed `kind:index`. */
type ParamsMetadata = Record<string, ParamMetadata>;

/** Makes a parameter decorator that writes metadata in Nest's own shape. */
export function paramDecorator(
  kind: number,
  data?: unknown,
  pipes: readonly PipeArgument[] = [],
): ParameterDecorator {
  return (target, key, index) => {
    if (key === undefined) return; // a constructor parameter has nothing to receive
    const existing = readParams(target.constructor, key) ?? {};
    const entry: ParamMetadata = { index, data, pipes };
    Reflect.defineMetadata(
      ROUTE_ARGS_METADATA,
      { ...existing, [`${kind}:${index}`]: entry },
      target.constructor,
      key,
    );
  };
}

/** What `defaultParams` has written: no decorator stands behind it. */
const GIVEN_BY_DEFAULT = new WeakSet<object>();

/** Indexes of the parameters that have a decorator; those of `createParamDecorator`, too. */
export function decoratedIndexes(type: object, key: string): ReadonlySet<number> {
  const params = readParams(type, key);
  if (params === undefined || GIVEN_BY_DEFAULT.has(params)) return new Set();
  return new Set(Object.values(params).map(({ index }) => index));
}

export function readParams(type: object, key: string | symbol): ParamsMetadata | undefined {
  const params: ParamsMetadata | undefined = Reflect.getMetadata(ROUTE_ARGS_METADATA, type, key);
  return params;
}

/**
 * Gives a method without any parameter decorator its positional parameters. Without metadata Nest
 * passes the arguments through untouched, and then no pipe runs: a DTO would arrive unvalidated.
 */
export function defaultParams(type: object, key: string, kinds: readonly number[]): void {
  const existing = readParams(type, key);
  if (existing !== undefined && Object.keys(existing).length > 0) return;
  const params: ParamsMetadata = {};
  kinds.forEach((kind, index) => {
    params[`${kind}:${index}`] = { index, data: undefined, pipes: [] };
  });
  GIVEN_BY_DEFAULT.add(params);
  Reflect.defineMetadata(ROUTE_ARGS_METADATA, params, type, key);
}
