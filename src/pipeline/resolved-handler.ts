import type {
  ArgumentMetadata,
  ArgumentsHost,
  CanActivate,
  ExecutionContext,
  PipeTransform,
} from '@nestjs/common';
import type { ExternalContextCreator } from '@nestjs/core';
import type { FilterHandler } from './filters/filter-runner.js';
import {
  consumersOf,
  type ConsumerParts,
  type HostClass,
  type NestParam,
} from './creator-parts.js';
import type { Method } from '../declaration/gateway-definition.js';
import { recordCreation } from './creation-record.js';

/** A parameter of a handler: where its value comes from and the pipes that it goes through. */
export interface ResolvedParam {
  readonly index: number;
  readonly extract: (args: readonly unknown[]) => unknown;
  /** All of them: global ones, then those of the class, of the method and of the parameter. */
  readonly pipes: readonly PipeTransform[];
  readonly metadata: ArgumentMetadata;
}

/** A handler with what Nest has resolved for it. */
export interface ResolvedHandler {
  readonly instance: object;
  readonly callback: Method;
  readonly guards: readonly CanActivate[];
  readonly params: readonly ResolvedParam[];
  readonly filters: FilterHandler;
  /** What guards get. */
  readonly contextOf: (args: readonly unknown[]) => ExecutionContext;
  /** What filters get; Nest tells them neither class nor method. */
  readonly hostOf: (args: readonly unknown[]) => ArgumentsHost;
  /** The verdict of a guard that has not returned a boolean. */
  readonly verdictOf: (answer: unknown) => Promise<unknown>;
}

/**
 * Lets Nest make the caller of a static handler and keeps what it resolves meanwhile: which enhancers
 * there are, in which order, and how parameters are read stays Nest's to decide.
 *
 * @param create makes the caller with the creator it is given
 * @returns Nest's caller; and the handler, unless interceptors are around it, two decorators claim one
 *   parameter, or this is a Nest whose private parts are no longer where they are in 11 and 12
 */
export function resolveHandler<Call>(
  creator: ExternalContextCreator,
  instance: object,
  callback: Method,
  create: (creator: ExternalContextCreator) => Call,
): { readonly call: Call; readonly handler: ResolvedHandler | undefined } {
  const consumers = consumersOf(creator);
  if (consumers === undefined) return { call: create(creator), handler: undefined };
  const { call, record } = recordCreation(creator, create);
  if (record === undefined || record.interceptors.length > 0) return { call, handler: undefined };
  const { guards, pipes, params, filters } = record;
  // Decorators of a method of the base class count for the one that overrides it: then two may claim one
  // place, and which of them wins is Nest's to decide.
  const places = new Set(params.map(({ index }) => index));
  if (places.size < params.length) return { call, handler: undefined };
  const { guardsConsumer, pipesConsumer } = consumers;
  const handler: ResolvedHandler = {
    instance,
    callback,
    guards,
    params: params.map((param) => resolveParam(param, pipes, pipesConsumer)),
    filters,
    ...contexts(guardsConsumer, instance, callback),
    verdictOf: (answer) => guardsConsumer.pickResult(answer),
  };
  return { call, handler };
}

/** Contexts of the class that Nest makes them of, which it does not export. */
function contexts(
  guardsConsumer: ConsumerParts['guardsConsumer'],
  instance: object,
  callback: Method,
): Pick<ResolvedHandler, 'contextOf' | 'hostOf'> {
  const contextOf = (args: readonly unknown[]): ExecutionContext => {
    const context = guardsConsumer.createContext(args, instance, callback);
    context.setType('ws');
    return context;
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the object just made with it
  const Host = contextOf([]).constructor as HostClass;
  const hostOf = (args: readonly unknown[]): ArgumentsHost => {
    const host = new Host(args);
    host.setType('ws');
    return host;
  };
  return { contextOf, hostOf };
}

function resolveParam(
  param: NestParam,
  pipes: readonly PipeTransform[],
  { paramsTokenFactory }: ConsumerParts['pipesConsumer'],
): ResolvedParam {
  const { index, data, metatype } = param;
  const type = paramsTokenFactory.exchangeEnumForString(param.type);
  const metadata: ArgumentMetadata = { metatype, type, data };
  // Nest 11 knows no schema, and passes none.
  if ('schema' in param) Object.assign(metadata, { schema: param.schema });
  return {
    index,
    extract: (args) => param.extractValue(...args),
    pipes: [...pipes, ...param.pipes],
    metadata,
  };
}
