import type { ExternalContextCreator } from '@nestjs/core';
import { isObservable } from 'rxjs';
import { runFilters, runHookFilters, type FilterHandler } from './filters/filter-runner.js';
import {
  derive,
  partsOf,
  type EnhancerSource,
  type InterceptorsConsumer,
} from './creator-parts.js';
import type { EnhancerSources } from './enhancer-instances.js';
import { Pace } from './paced/pace.js';
import { pacedSource } from './paced/paced-source.js';
import { isAsyncIterable, iterateInContext, subscribeInContext } from './streams.js';
import { MessageContext, kOnStream, kPace, kStreams } from './message-context.js';

/**
 * Nest's pipeline for message handlers. Three things differ from the creator Nest exports, each on an
 * object derived from it, so that other libraries keep theirs:
 *
 * - a stream is handed over as such (Nest keeps only its last value), and whether the handler itself
 *   returned one is noted before interceptors hide it;
 * - interceptors see the values of an iterable as they see those of an Observable;
 * - filters answer instead of logging and rethrowing (see `runFilters`).
 */
export function messageContextCreator(
  creator: ExternalContextCreator,
  sources: EnhancerSources,
): ExternalContextCreator {
  const parts = partsOf(creator);
  const filters = answeringFilters(sources.filtersContextCreator, runFilters);
  return derive(creator, {
    ...sources,
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
export function hookContextCreator(
  creator: ExternalContextCreator,
  sources: EnhancerSources,
): ExternalContextCreator {
  return derive(creator, {
    ...sources,
    guardsContextCreator: methodOnly(sources.guardsContextCreator),
    interceptorsContextCreator: methodOnly(sources.interceptorsContextCreator),
    filtersContextCreator: methodOnly(
      answeringFilters(sources.filtersContextCreator, runHookFilters),
    ),
  });
}

function methodOnly<Enhancers>(source: EnhancerSource<Enhancers>): EnhancerSource<Enhancers> {
  const derived: EnhancerSource<Enhancers> = Object.create(source);
  derived.getGlobalMetadata = () => [];
  derived.reflectClassMetadata = () => undefined;
  return derived;
}

function answeringFilters(
  source: EnhancerSource<FilterHandler>,
  run: typeof runFilters,
): EnhancerSource<FilterHandler> {
  const derived: EnhancerSource<FilterHandler> = Object.create(source);
  // A function of its own `this`: the object may be derived from again to look in fewer places.
  derived.create = function create(
    this: EnhancerSource<FilterHandler>,
    ...args: unknown[]
  ): FilterHandler {
    const handler = source.create.apply(this, args);
    handler.next = (exception, host) => run(handler, exception, host);
    return handler;
  };
  return derived;
}

function noticingConsumer(consumer: InterceptorsConsumer): InterceptorsConsumer {
  const derived: InterceptorsConsumer = Object.create(consumer);
  derived.intercept = (interceptors, args, instance, callback, next, type) => {
    const noticed = async (): Promise<unknown> => {
      const result = await next();
      const context = args[2];
      if (isAsyncIterable(result)) {
        const iterable = iterateInContext(result);
        if (interceptors.length === 0 || !(context instanceof MessageContext)) return iterable;
        // The same for every run of the handler: an interceptor may start it anew.
        const pace = (context[kPace] ??= new Pace());
        const source = pacedSource(iterable, pace);
        context[kStreams] = true;
        context[kOnStream]?.();
        return source;
      }
      if (!isObservable(result)) return result;
      if (context instanceof MessageContext) {
        context[kStreams] = true;
        context[kOnStream]?.();
      }
      return subscribeInContext(result);
    };
    return consumer.intercept(interceptors, args, instance, callback, noticed, type);
  };
  return derived;
}
