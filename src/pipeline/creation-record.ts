import type { CanActivate, PipeTransform } from '@nestjs/common';
import type { ExternalContextCreator } from '@nestjs/core';
import type { FilterHandler } from './filters/filter-runner.js';
import { derive, partsOf, type EnhancerSource, type NestParam } from './creator-parts.js';

/** What Nest has resolved for a handler when it made the caller. */
interface CreationRecord {
  readonly guards: readonly CanActivate[];
  readonly interceptors: readonly unknown[];
  readonly pipes: readonly PipeTransform[];
  readonly params: readonly NestParam[];
  readonly filters: FilterHandler;
}

/**
 * Watches Nest make a caller.
 *
 * @param create makes the caller with the creator it is given
 * @returns the caller; and the record, when everything in it has been seen and looks as expected
 */
export function recordCreation<Call>(
  creator: ExternalContextCreator,
  create: (creator: ExternalContextCreator) => Call,
): { readonly call: Call; readonly record: CreationRecord | undefined } {
  const parts = partsOf(creator);
  const seen: { -readonly [Key in keyof CreationRecord]?: CreationRecord[Key] } = {};
  const watched = derive(creator, {
    filtersContextCreator: watch(parts.filtersContextCreator, (found) => {
      seen.filters = found;
    }),
    interceptorsContextCreator: watch(parts.interceptorsContextCreator, (found) => {
      seen.interceptors = found;
    }),
    createGuardsFn(guards, ...rest) {
      seen.guards = guards;
      return parts.createGuardsFn(guards, ...rest);
    },
    createPipesFn(pipes, params) {
      seen.pipes = pipes;
      seen.params = params;
      return parts.createPipesFn(pipes, params);
    },
  });
  const call = create(watched);
  return { call, record: isComplete(seen) ? seen : undefined };
}

function watch<Enhancers>(
  source: EnhancerSource<Enhancers>,
  onFound: (enhancers: Enhancers) => void,
): EnhancerSource<Enhancers> {
  const derived: EnhancerSource<Enhancers> = Object.create(source);
  derived.create = (...args) => {
    const enhancers = source.create(...args);
    onFound(enhancers);
    return enhancers;
  };
  return derived;
}

function isComplete(seen: Partial<CreationRecord>): seen is CreationRecord {
  const { guards, interceptors, pipes, params, filters } = seen;
  return (
    Array.isArray(guards) &&
    Array.isArray(interceptors) &&
    Array.isArray(pipes) &&
    params?.every((param) => typeof param.extractValue === 'function') === true &&
    typeof filters?.next === 'function'
  );
}
