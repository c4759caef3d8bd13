import type { ApplicationConfig, ContextId, ExternalContextCreator } from '@nestjs/core';
// Not among the public exports; at this place in Nest 11 and 12.
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import {
  partsOf,
  type CreatorParts,
  type EnhancerHost,
  type EnhancerSource,
  type EnhancerWrapper,
} from './creator-parts.js';
import type { GlobalUse } from './enhancers/global-enhancers.js';

/** Where a creator finds the enhancers of all kinds. */
export type EnhancerSources = Pick<
  CreatorParts,
  | 'guardsContextCreator'
  | 'interceptorsContextCreator'
  | 'pipesContextCreator'
  | 'filtersContextCreator'
>;

/**
 * The sources of a creator, with every enhancer in them proven to be there and constructed.
 *
 * Nest makes scoped enhancers for controllers and entry providers. Asked about anything else it gives an
 * object of the prototype whose constructor has not run, and of a class that it does not know it gives
 * nothing: a guard that reads its fields, or is not there, lets everyone in. A gateway is a plain provider
 * that stays one instance, so its global enhancers are those of the companion, and its transient
 * ones those that were made with it.
 */
export function constructedOnly(
  creator: ExternalContextCreator,
  config: ApplicationConfig,
  companionId: () => string,
): EnhancerSources {
  const parts = partsOf(creator);
  const source = <Enhancers>(
    of: EnhancerSource<Enhancers>,
    method: string,
    globals: () => readonly EnhancerWrapper[],
  ): EnhancerSource<Enhancers> => {
    const derived: EnhancerSource<Enhancers> = Object.create(of);
    derived.getGlobalMetadata = function getGlobalMetadata(
      this: EnhancerSource<Enhancers>,
      contextId: ContextId = STATIC_CONTEXT,
    ) {
      for (const wrapper of globals()) {
        constructed(wrapper, this.getContextId(contextId, wrapper), companionId());
      }
      return of.getGlobalMetadata.call(this, contextId, companionId());
    };
    derived.getInstanceByMetatype = function getInstanceByMetatype(
      this: EnhancerSource<Enhancers>,
      type,
    ) {
      const wrapper = of.getInstanceByMetatype.call(this, type);
      if (wrapper !== undefined) return withConstructed(wrapper);
      // Nest takes a class with a static method of that name as it is.
      if (typeof Reflect.get(type, method) === 'function') return undefined;
      throw new WsConfigurationError(
        `Cannot run ${type.name}: Nest makes enhancers only for gateways that are provided by their class, current value is a factory, a value or no provider`,
      );
    };
    return derived;
  };
  return {
    guardsContextCreator: source(parts.guardsContextCreator, 'canActivate', () =>
      config.getGlobalRequestGuards(),
    ),
    interceptorsContextCreator: source(parts.interceptorsContextCreator, 'intercept', () =>
      config.getGlobalRequestInterceptors(),
    ),
    pipesContextCreator: source(parts.pipesContextCreator, 'transform', () =>
      config.getGlobalRequestPipes(),
    ),
    filtersContextCreator: source(parts.filtersContextCreator, 'catch', () =>
      config.getGlobalRequestFilters(),
    ),
  };
}

/** The same, without the global enhancers of the kinds that an application keeps for HTTP. */
export function withUsedGlobals(sources: EnhancerSources, use: GlobalUse): EnhancerSources {
  const { guardsContextCreator, interceptorsContextCreator } = sources;
  const { pipesContextCreator, filtersContextCreator } = sources;
  return {
    guardsContextCreator: localOnlyUnless(use.useGlobalGuards, guardsContextCreator),
    interceptorsContextCreator: localOnlyUnless(
      use.useGlobalInterceptors,
      interceptorsContextCreator,
    ),
    pipesContextCreator: localOnlyUnless(use.useGlobalPipes, pipesContextCreator),
    filtersContextCreator: localOnlyUnless(use.useGlobalFilters, filtersContextCreator),
  };
}

function localOnlyUnless<Enhancers>(
  isUsed: boolean,
  source: EnhancerSource<Enhancers>,
): EnhancerSource<Enhancers> {
  if (isUsed) return source;
  const derived: EnhancerSource<Enhancers> = Object.create(source);
  derived.getGlobalMetadata = () => [];
  return derived;
}

/** The wrapper, which gives no instance that is not ready. */
function withConstructed(wrapper: EnhancerWrapper): EnhancerWrapper {
  const derived: EnhancerWrapper = Object.create(wrapper);
  const getInstanceByContextId: EnhancerWrapper['getInstanceByContextId'] = (
    contextId,
    inquirerId,
  ) => constructed(wrapper, contextId, inquirerId);
  // Defined, not assigned: a getter or a frozen prototype must not get in the way.
  return Object.defineProperty(derived, 'getInstanceByContextId', {
    value: getInstanceByContextId,
  });
}

function constructed(
  wrapper: EnhancerWrapper,
  contextId: ContextId,
  inquirerId: string | undefined,
): EnhancerHost {
  if (wrapper.isTransient && contextId !== STATIC_CONTEXT && wrapper.isDependencyTreeStatic()) {
    // Made once with a gateway that lives once, although other enhancers live as long as a message.
    const host = wrapper.getInstanceByContextId(STATIC_CONTEXT, inquirerId);
    if (isConstructed(wrapper, host)) return host;
  }
  const host = wrapper.getInstanceByContextId(contextId, inquirerId);
  if (isConstructed(wrapper, host)) return host;
  throw new WsConfigurationError(
    `Cannot run ${String(wrapper.name)}: expected an instance made for this call, current value is one whose constructor has not run`,
  );
}

function isConstructed({ isNotMetatype }: EnhancerWrapper, host: EnhancerHost): boolean {
  return isNotMetatype ? host.isResolved === true : host.isConstructorCalled === true;
}
