import { Inject, Injectable } from '@nestjs/common';
import { ApplicationConfig, ExternalContextCreator } from '@nestjs/core';
import {
  FILTERS_METADATA,
  INTERCEPTORS_METADATA,
  ROUTE_ARGS_METADATA,
} from '../support/nest-metadata.js';
import { WS_OPTIONS } from '../options/ws.module-definition.js';
import type { ResolvedWsOptions } from '../options/ws-options.resolver.js';
import type { Caller } from './caller.js';
import { hookContextCreator, messageContextCreator } from './context-creators.js';
import { directCall, hasMetadata } from './direct-call.js';
import type { GatewayDefinition, Method } from '../declaration/gateway-definition.js';
import { constructedOnly, withUsedGlobals } from './enhancer-instances.js';
import { GlobalEnhancers } from './enhancers/global-enhancers.js';
import { GatewayScope, type ScopedInstance } from './gateway-scope.js';
import { MessageContext, kLateError } from './message-context.js';
import { nestPipeline } from './nest-pipeline.js';
import { resolveHandler } from './resolved-handler.js';
import { staticPipeline } from './static-pipeline.js';
import {
  handshakeParams,
  messageParams,
  type HandshakeArguments,
  type MessageArguments,
} from './params-factory.js';

type CreateArguments = Parameters<ExternalContextCreator['create']>;
type ExternalContextOptions = NonNullable<CreateArguments[7]>;

/** What to call and with which part of Nest's pipeline around it. */
interface Plan<Args extends readonly unknown[]> {
  readonly creator: ExternalContextCreator;
  readonly gateway: GatewayDefinition;
  readonly name: string;
  readonly callback: Method;
  readonly contextType: 'http' | 'ws';
  readonly params?: { exchangeKeyForValue(kind: number, key: unknown, args: Args): unknown };
  /** Whether it runs for a call that has been made: in what that was made in. Default false. */
  readonly isLate?: boolean;
  /** Default all. */
  readonly enhancers?: ExternalContextOptions;
  /** What request-scoped providers inject as `REQUEST`. */
  requestOf(args: Args): object;
}

/** Makes the functions that call gateway methods, each once, when the application starts. */
@Injectable()
export class CallerFactory {
  readonly #scope: GatewayScope;
  readonly #globals: GlobalEnhancers;
  readonly #messages: ExternalContextCreator;
  readonly #hooks: ExternalContextCreator;
  /** What calls under way live in, by their request. */
  readonly #entered = new WeakMap<object, Promise<ScopedInstance>>();

  constructor(
    creator: ExternalContextCreator,
    scope: GatewayScope,
    config: ApplicationConfig,
    @Inject(WS_OPTIONS) options: ResolvedWsOptions,
  ) {
    this.#scope = scope;
    this.#globals = new GlobalEnhancers(config, options);
    const sources = withUsedGlobals(
      constructedOnly(creator, config, () => scope.companionId),
      options,
    );
    this.#messages = messageContextCreator(creator, sources);
    this.#hooks = hookContextCreator(creator, sources);
  }

  /**
   * A message handler with guards, interceptors, pipes and filters around it, by the shortest way that
   * does the same: the handler itself when there are none of them, our own pipeline for one without
   * interceptors that is the same for every message, and otherwise Nest's.
   */
  message(gateway: GatewayDefinition, name: string): Caller<MessageArguments> {
    const plan: Plan<MessageArguments> = {
      creator: this.#messages,
      gateway,
      name,
      callback: gateway.method(name),
      contextType: 'ws',
      params: messageParams,
      requestOf: ([, , context]) => context,
    };
    const { instance } = gateway.wrapper;
    if (!this.#scope.isStatic(gateway.wrapper)) {
      return nestPipeline(this.#build(plan), this.#lateErrors(gateway, name));
    }
    const direct = directCall(gateway, name, this.#globals);
    if (direct !== undefined) return direct;
    const { call, handler } = resolveHandler(plan.creator, instance, plan.callback, (creator) =>
      createCaller({ ...plan, creator }, instance),
    );
    if (handler !== undefined) return staticPipeline(handler);
    return nestPipeline(call, this.#lateErrors(gateway, name));
  }

  /** Whether an interceptor is around a message handler, so that it subscribes to what that returns. */
  hasInterceptors(gateway: GatewayDefinition, name: string): boolean {
    return (
      hasMetadata(INTERCEPTORS_METADATA, gateway.type) ||
      hasMetadata(INTERCEPTORS_METADATA, gateway.method(name)) ||
      this.#globals.hasInterceptors
    );
  }

  /** A connection hook: pipes of its parameters, and the enhancers set on the method itself. */
  hook(gateway: GatewayDefinition, name: string): Caller<MessageArguments> {
    return this.#build({
      creator: this.#hooks,
      gateway,
      name,
      callback: gateway.method(name),
      contextType: 'ws',
      params: messageParams,
      requestOf: ([, , context]: MessageArguments) => context,
    });
  }

  /** A method that decides about a client; the execution context is that of an HTTP request. */
  verifier(gateway: GatewayDefinition, name: string): Caller<HandshakeArguments> {
    return this.#build({
      creator: this.#hooks,
      gateway,
      name,
      callback: gateway.method(name),
      contextType: 'http',
      params: handshakeParams,
      requestOf: ([request]: HandshakeArguments) => request,
    });
  }

  /**
   * Nest's filters are around the call, and an error of a stream comes when the call is over: it goes
   * through a second context, which has the method's filters around a function that throws it.
   */
  #lateErrors(gateway: GatewayDefinition, name: string): Caller<MessageArguments> {
    // A function of its own for each method: the filters are bound to it as metadata.
    const thrower = throwLateError.bind(undefined);
    const filters: unknown = Reflect.getMetadata(FILTERS_METADATA, gateway.method(name));
    if (filters !== undefined) Reflect.defineMetadata(FILTERS_METADATA, filters, thrower);
    return this.#build({
      creator: this.#messages,
      gateway,
      // A name of its own: Nest caches what it knows of a method by name.
      name: `${name} (late error)`,
      callback: thrower,
      isLate: true,
      contextType: 'ws',
      // The guards have passed and the interceptors have had their turn.
      enhancers: { guards: false, interceptors: false, filters: true },
      requestOf: ([, , context]: MessageArguments) => context,
    });
  }

  #build<Args extends readonly unknown[]>(plan: Plan<Args>): Caller<Args> {
    const { wrapper } = plan.gateway;
    if (this.#scope.isStatic(wrapper)) return createCaller(plan, wrapper.instance);
    return async (...args) => {
      const request = plan.requestOf(args);
      const underWay = plan.isLate === true ? this.#entered.get(request) : undefined;
      const entered = underWay ?? this.#scope.enter(wrapper, request);
      this.#entered.set(request, entered);
      const { instance, contextId } = await entered;
      return createCaller(plan, instance, contextId)(...args);
    };
  }
}

function createCaller<Args extends readonly unknown[]>(
  plan: Plan<Args>,
  instance: object,
  contextId?: CreateArguments[5],
): Caller<Args> {
  return plan.creator.create(
    instance,
    plan.callback,
    plan.name,
    ROUTE_ARGS_METADATA,
    plan.params,
    contextId,
    plan.gateway.wrapper.id,
    plan.enhancers,
    plan.contextType,
  );
}

function throwLateError(...args: unknown[]): never {
  const context = args[2];
  throw context instanceof MessageContext ? context[kLateError] : context;
}
