import { Inject, Optional } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import {
  checkConnectionOptions,
  CONNECTION_OPTIONS,
} from '../options/connection-options.resolver.js';
import type { WsGatewayOptions, WsGatewaySettings } from '../declaration/ws-gateway.decorator.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { isRecord } from '../support/is-record.js';
import { knownKeys } from '../options/option-checks.js';
import type { ProviderWrapper } from '../declaration/gateway-definition.js';

/** What a gateway may set; another key is a typing error that would go unnoticed. */
const GATEWAY_OPTIONS = ['path', 'version', ...CONNECTION_OPTIONS];

type Dependency = NonNullable<WsGatewayOptions['inject']>[number];

/**
 * The settings of a gateway: what its decorator says and, over it, what its factory returns.
 * @throws {WsConfigurationError} for an unknown or wrong option, or a factory that fails
 */
export async function gatewaySettings(
  wrapper: ProviderWrapper,
  name: string,
  { useFactory, inject = [], ...fixed }: WsGatewayOptions,
): Promise<WsGatewaySettings> {
  let settings: WsGatewaySettings = fixed;
  if (useFactory !== undefined) {
    const dependencies = await resolveDependencies(wrapper, name, inject);
    const made: unknown = await Reflect.apply(useFactory, undefined, dependencies);
    if (!isRecord(made)) {
      throw new WsConfigurationError(
        `Cannot map gateway ${name}: expected useFactory to return an object, current value is ${typeof made}`,
      );
    }
    settings = { ...fixed, ...made };
  } else if (inject.length > 0) {
    throw new WsConfigurationError(`Cannot map gateway ${name}: inject is set without useFactory`);
  }
  knownKeys(settings, GATEWAY_OPTIONS, `option of gateway ${name}`);
  checkConnectionOptions(settings, `option of gateway ${name}:`);
  return settings;
}

/**
 * Looks tokens up as a constructor of the gateway's module would, imports and global modules
 * included. Nest has no look-up with these rules but the making of a class, so one is made.
 */
async function resolveDependencies(
  wrapper: ProviderWrapper,
  name: string,
  inject: readonly Dependency[],
): Promise<readonly unknown[]> {
  class Dependencies {
    readonly values: readonly unknown[];
    constructor(...values: unknown[]) {
      this.values = values;
    }
  }
  // The name stands in Nest's message when a token cannot be found.
  Object.defineProperty(Dependencies, 'name', { value: `${name} (useFactory)` });
  inject.forEach((dependency, index) => {
    const { token, optional } = isOptional(dependency)
      ? dependency
      : { token: dependency, optional: false };
    Inject(token)(Dependencies, undefined, index);
    if (optional) Optional()(Dependencies, undefined, index);
  });
  const moduleRef = wrapper.host?.getProviderByKey<ModuleRef>(ModuleRef).instance;
  if (moduleRef === undefined) {
    throw new WsConfigurationError(`Cannot map gateway ${name}: it belongs to no module`);
  }
  const made = await moduleRef.create<Dependencies>(Dependencies);
  return made.values;
}

function isOptional(
  dependency: Dependency,
): dependency is Extract<Dependency, { optional: boolean }> {
  return typeof dependency === 'object' && 'token' in dependency;
}
