import type { ArgumentsHost } from '@nestjs/common';
import type { ExternalContextCreator } from '@nestjs/core';
import { isObservable } from 'rxjs';
import { runFilters, type FilterHandler } from '../filters/filter-runner.js';
import { MessageContext } from './message-context.js';

/** The parts of Nest's `ExternalContextCreator` that are replaced, alike in Nest 11 and 12. */
interface CreatorParts {
  guardsContextCreator: EnhancerSource;
  interceptorsContextCreator: EnhancerSource;
  filtersContextCreator: EnhancerSource;
  interceptorsConsumer: InterceptorsConsumer;
  transformToResult(result: unknown): unknown;
}

/** Where a creator looks for the enhancers of a method: globally, on the class, on the method. */
interface EnhancerSource {
  create(...args: unknown[]): unknown;
  getGlobalMetadata(...args: unknown[]): unknown[];
  reflectClassMetadata(...args: unknown[]): unknown;
}

interface InterceptorsConsumer {
  intercept(
    interceptors: readonly unknown[],
    args: readonly unknown[],
    instance: unknown,
    callback: unknown,
    next: () => Promise<unknown>,
    type: string,
  ): Promise<unknown>;
}

/**
 * Nest's pipeline for message handlers. Three things differ from the creator Nest exports, each on an
 * object derived from it, so that other libraries keep theirs:
 *
 * - a stream is handed over as such (Nest keeps only its last value), and whether the handler itself
 *   returned one is noted before interceptors hide it;
 * - filters answer instead of logging and rethrowing (see `runFilters`);
 * - global filters can be left out.
 */
export function messageContextCreator(
  creator: ExternalContextCreator,
  useGlobalFilters: boolean,
): ExternalContextCreator {
  const parts = creator as unknown as CreatorParts;
  const filters = answeringFilters(parts.filtersContextCreator);
  if (!useGlobalFilters) filters.getGlobalMetadata = () => [];
  return derive(creator, {
    filtersContextCreator: filters,
    interceptorsConsumer: noticingConsumer(parts.interceptorsConsumer),
    transformToResult: (result) => result,
  });
}

/**
 * Nest's pipeline for the methods around a connection: verification and connection hooks. Guards,
 * interceptors and filters of the class and global ones are meant for messages and expect their data;
 * only those set on the method itself run. Pipes run as everywhere: they belong to the parameters.
 */
export function hookContextCreator(creator: ExternalContextCreator): ExternalContextCreator {
  const parts = creator as unknown as CreatorParts;
  return derive(creator, {
    guardsContextCreator: methodOnly(parts.guardsContextCreator),
    interceptorsContextCreator: methodOnly(parts.interceptorsContextCreator),
    filtersContextCreator: methodOnly(answeringFilters(parts.filtersContextCreator)),
  });
}

function derive(
  creator: ExternalContextCreator,
  parts: Partial<CreatorParts>,
): ExternalContextCreator {
  return Object.assign(Object.create(creator) as ExternalContextCreator, parts);
}

function methodOnly(source: EnhancerSource): EnhancerSource {
  return Object.assign(Object.create(source) as EnhancerSource, {
    getGlobalMetadata: () => [],
    reflectClassMetadata: () => undefined,
  });
}

function answeringFilters(source: EnhancerSource): EnhancerSource {
  const derived = Object.create(source) as EnhancerSource;
  // A function of its own `this`: the object may be derived from again to look in fewer places.
  derived.create = function create(this: EnhancerSource, ...args: unknown[]) {
    const handler = source.create.apply(this, args) as FilterHandler;
    return {
      next: (exception: unknown, host: ArgumentsHost) => runFilters(handler, exception, host),
    };
  };
  return derived;
}

function noticingConsumer(consumer: InterceptorsConsumer): InterceptorsConsumer {
  const derived = Object.create(consumer) as InterceptorsConsumer;
  derived.intercept = (interceptors, args, instance, callback, next, type) => {
    const noticed = async (): Promise<unknown> => {
      const result = await next();
      const context = args[2];
      if (context instanceof MessageContext && isObservable(result)) {
        context.streams = true;
        context.onStream?.();
      }
      return result;
    };
    return consumer.intercept(interceptors, args, instance, callback, noticed, type);
  };
  return derived;
}
