import type {
  ArgumentMetadata,
  ArgumentsHost,
  CanActivate,
  ExecutionContext,
  PipeTransform,
} from '@nestjs/common';
import type { ContextId, ExternalContextCreator } from '@nestjs/core';
import type { FilterHandler } from './filters/filter-runner.js';

/**
 * The parts of Nest's `ExternalContextCreator` that are replaced, alike in Nest 11 and 12. They are
 * private in its types, so this file declares them, and no other does.
 */
export interface CreatorParts {
  guardsContextCreator: EnhancerSource;
  interceptorsContextCreator: EnhancerSource<readonly unknown[]>;
  pipesContextCreator: EnhancerSource;
  filtersContextCreator: EnhancerSource<FilterHandler>;
  interceptorsConsumer: InterceptorsConsumer;
  transformToResult(result: unknown): unknown;
  /** Called once for a handler, with its guards. */
  createGuardsFn(guards: readonly CanActivate[], ...rest: unknown[]): unknown;
  /** Called once for a handler, with its pipes and its parameters. */
  createPipesFn(pipes: readonly PipeTransform[], params: readonly NestParam[]): unknown;
}

/** Where a creator looks for the enhancers of a method: globally, on the class, on the method. */
export interface EnhancerSource<Enhancers = unknown> {
  create(...args: unknown[]): Enhancers;
  getGlobalMetadata(...args: unknown[]): unknown[];
  reflectClassMetadata(...args: unknown[]): unknown;
  /** What Nest knows of an enhancer that is a class. */
  getInstanceByMetatype(type: EnhancerType): EnhancerWrapper | undefined;
  /** The context in which an enhancer lives: durable ones outlive the call. */
  getContextId(contextId: ContextId, wrapper: EnhancerWrapper): ContextId;
}

type EnhancerType = abstract new (...args: never[]) => unknown;

/** An enhancer whose instances depend on who asks for them. */
export interface EnhancerWrapper {
  readonly name: unknown;
  readonly isTransient: boolean;
  /** A factory or a value, which has no constructor to be called. */
  readonly isNotMetatype: boolean;
  isDependencyTreeStatic(): boolean;
  getInstanceByContextId(contextId: ContextId, inquirerId?: string): EnhancerHost;
}

/** One instance of an enhancer, or what stands there until it is made. */
export interface EnhancerHost {
  readonly isResolved?: boolean;
  readonly isConstructorCalled?: boolean;
}

export interface InterceptorsConsumer {
  intercept(
    interceptors: readonly unknown[],
    args: readonly unknown[],
    instance: unknown,
    callback: unknown,
    next: () => Promise<unknown>,
    type: string,
  ): Promise<unknown>;
}

/** A parameter as Nest has resolved it. */
export interface NestParam {
  readonly index: number;
  extractValue(...args: readonly unknown[]): unknown;
  readonly type: unknown;
  readonly data: ArgumentMetadata['data'];
  readonly metatype?: ArgumentMetadata['metatype'];
  /** Always there in Nest 12, never in 11. */
  readonly schema?: unknown;
  readonly pipes: readonly PipeTransform[];
}

/** What is read of a creator, so that what Nest does with one guard or parameter stays Nest's to say. */
export interface ConsumerParts {
  guardsConsumer: {
    createContext(args: readonly unknown[], instance: object, callback: unknown): NestContext;
    /** The verdict of a guard that has not returned a boolean. */
    pickResult(answer: unknown): Promise<unknown>;
  };
  pipesConsumer: {
    paramsTokenFactory: {
      /** What pipes find as `metadata.type`. */
      exchangeEnumForString(kind: unknown): ArgumentMetadata['type'];
    };
  };
}

type NestContext = ExecutionContext & { setType(type: string): void };

export type HostClass = new (args: readonly unknown[]) => ArgumentsHost & NestContext;

export function partsOf(creator: ExternalContextCreator): CreatorParts {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see CreatorParts
  return creator as unknown as CreatorParts;
}

/** @returns `undefined` for a Nest in which one of them is not where it is expected */
export function consumersOf(creator: ExternalContextCreator): ConsumerParts | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing of it is taken for granted
  const { guardsConsumer, pipesConsumer } = creator as unknown as DeepPartial<ConsumerParts>;
  const isKnown =
    typeof guardsConsumer?.createContext === 'function' &&
    typeof guardsConsumer.pickResult === 'function' &&
    typeof pipesConsumer?.paramsTokenFactory?.exchangeEnumForString === 'function';
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- has just been looked at
  return isKnown ? ({ guardsConsumer, pipesConsumer } as ConsumerParts) : undefined;
}

type DeepPartial<T> = T extends (...args: never[]) => unknown
  ? T
  : { [Key in keyof T]?: DeepPartial<T[Key]> };

/** An object of its own over the creator, so that other libraries keep theirs as it is. */
export function derive(
  creator: ExternalContextCreator,
  parts: Partial<CreatorParts>,
): ExternalContextCreator {
  const derived: ExternalContextCreator = Object.create(creator);
  return Object.assign(derived, parts);
}
