import { Inject, Optional, VERSION_NEUTRAL } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { callback, kind, OptionTable, type OptionsFor } from '#hub';
import { configurationPlace } from '../options/configuration-place.js';
import { CONNECTION_OPTIONS } from '../options/connection-options.resolver.js';
import type { WsGatewayOptions, WsGatewaySettings } from '../declaration/ws-gateway.decorator.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { isRecord } from '../support/is-record.js';
import type { GatewayVersion } from '../declaration/gateway-version.js';
import type { ProviderWrapper } from '../declaration/gateway-definition.js';

const path = kind('a path or a list of at least one', isPath);
const version = kind('a version, VERSION_NEUTRAL or a list of at least one', isVersion);
const dependencyList = kind('a list of providers', (value): value is readonly Dependency[] =>
  Array.isArray(value),
);

/** What a gateway may set. */
export const GATEWAY_OPTIONS = new OptionTable({
  path: path(undefined),
  version: version(undefined),
  ...CONNECTION_OPTIONS.options,
} satisfies OptionsFor<WsGatewaySettings>);

/** What its decorator takes beside that. */
const DECORATOR_OPTIONS = new OptionTable({
  ...GATEWAY_OPTIONS.options,
  useFactory: callback<NonNullable<WsGatewayOptions['useFactory']>>(),
  inject: dependencyList(undefined),
} satisfies OptionsFor<WsGatewayOptions>);

type Dependency = NonNullable<WsGatewayOptions['inject']>[number];

/**
 * The settings of a gateway: what its decorator says and, over it, what its factory returns.
 * @throws {WsConfigurationError} for an unknown or wrong option, or a factory that fails
 */
export async function gatewaySettings(
  wrapper: ProviderWrapper,
  name: string,
  declared: WsGatewayOptions,
): Promise<WsGatewaySettings> {
  const place = configurationPlace(`option of gateway ${name}`, ': ');
  const { useFactory, inject: tokens = [], ...fixed } = DECORATOR_OPTIONS.read(declared, place);
  if (useFactory === undefined) {
    if (tokens.length === 0) return fixed;
    throw new WsConfigurationError(`Cannot map gateway ${name}: inject is set without useFactory`);
  }
  const dependencies = await resolveDependencies(wrapper, name, tokens);
  const made: unknown = await Reflect.apply(useFactory, undefined, dependencies);
  if (!isRecord(made)) {
    throw new WsConfigurationError(
      `Cannot map gateway ${name}: expected useFactory to return an object, current value is ${typeof made}`,
    );
  }
  return { ...fixed, ...GATEWAY_OPTIONS.read(made, place) };
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

function isPath(value: unknown): value is string | readonly string[] {
  const paths: readonly unknown[] = Array.isArray(value) ? value : [value];
  return paths.length > 0 && paths.every((one) => typeof one === 'string');
}

function isVersion(value: unknown): value is GatewayVersion {
  const versions: readonly unknown[] = Array.isArray(value) ? value : [value];
  return (
    versions.length > 0 &&
    versions.every((one) => typeof one === 'string' || one === VERSION_NEUTRAL)
  );
}
