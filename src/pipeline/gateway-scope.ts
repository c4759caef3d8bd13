import { Inject, Injectable, Scope } from '@nestjs/common';
import {
  ApplicationConfig,
  ContextIdFactory,
  DiscoveryService,
  ModuleRef,
  type ContextId,
} from '@nestjs/core';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { isRecord } from '../support/is-record.js';
import { Companion } from './companion.js';
import { GlobalEnhancers } from './enhancers/global-enhancers.js';
import type { ResolvedWsOptions } from '../options/ws-options.resolver.js';
import { WS_OPTIONS } from '../options/ws.module-definition.js';
import type { ProviderWrapper } from '../declaration/gateway-definition.js';

/** An instance to call, and the context its request-scoped dependencies belong to. */
export interface ScopedInstance {
  readonly instance: object;
  readonly contextId: ContextId;
}

/** What `ContextIdFactory` gives when a strategy for durable providers is applied. */
type DurableContextId = ContextId & { payload?: unknown };

/** Knows whether a gateway lives once or once per call, and brings it to life for a call. */
@Injectable()
export class GatewayScope {
  readonly #moduleRef: ModuleRef;
  readonly #discovery: DiscoveryService;
  readonly #globals: GlobalEnhancers;
  #companion: ProviderWrapper | undefined;
  #companionIsStatic: boolean | undefined;

  constructor(
    moduleRef: ModuleRef,
    discovery: DiscoveryService,
    config: ApplicationConfig,
    @Inject(WS_OPTIONS) options: ResolvedWsOptions,
  ) {
    this.#globals = new GlobalEnhancers(config, options);
    this.#moduleRef = moduleRef;
    this.#discovery = discovery;
  }

  /**
   * Whether one instance and one set of enhancers serve every call.
   * @throws {WsConfigurationError} for a transient provider: there is no consumer to make it for
   */
  isStatic(wrapper: ProviderWrapper): boolean {
    if (wrapper.scope === Scope.TRANSIENT) {
      throw new WsConfigurationError(
        `Cannot map gateway ${wrapper.name}: expected scope DEFAULT or REQUEST, current value is TRANSIENT`,
      );
    }
    // Those that are left to HTTP need not be made for messages.
    this.#companionIsStatic ??=
      this.#globals.isStatic || this.#companionWrapper().isDependencyTreeStatic();
    return this.#companionIsStatic && wrapper.isDependencyTreeStatic();
  }

  /** For whom Nest has made the global enhancers that gateways have. */
  get companionId(): string {
    return this.#companionWrapper().id;
  }

  /** @param request what providers get that inject `REQUEST`, and what durable strategies look at */
  async enter(wrapper: ProviderWrapper, request: object): Promise<ScopedInstance> {
    const contextId = ContextIdFactory.getByRequest(request);
    this.#registerRequest(request, contextId, wrapper.isDependencyTreeDurable());
    if (this.#companionIsStatic === false) await this.#moduleRef.resolve(Companion, contextId);
    if (wrapper.isDependencyTreeStatic()) return { instance: wrapper.instance, contextId };
    // Through the module that holds the gateway: two modules may provide classes of one name.
    const host = wrapper.host?.getProviderByKey<ModuleRef>(ModuleRef).instance ?? this.#moduleRef;
    const instance = await host.resolve<object>(wrapper.token, contextId, { strict: true });
    return { instance, contextId };
  }

  /** As Nest's router does: durable providers outlive the request and get what their strategy chose. */
  #registerRequest(request: object, contextId: DurableContextId, durable: boolean): void {
    const { payload } = contextId;
    if (durable) {
      this.#moduleRef.registerRequestByContextId(payload, contextId);
      return;
    }
    for (const [key, value] of Object.entries(isRecord(payload) ? payload : {})) {
      // Defined, not assigned: the context answers some of these names with getters.
      Object.defineProperty(request, key, { value, configurable: true, writable: true });
    }
    this.#moduleRef.registerRequestByContextId(request, contextId);
  }

  #companionWrapper(): ProviderWrapper {
    const found = (this.#companion ??= this.#discovery
      .getProviders()
      .find(({ metatype }) => metatype === Companion));
    if (found === undefined) {
      throw new WsConfigurationError('Cannot map gateways: WsModule is not imported');
    }
    return found;
  }
}
