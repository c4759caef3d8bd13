import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { readGatewayOptions } from '../declaration/ws-gateway.decorator.js';
import {
  GatewayDefinition,
  type HandlingMethod,
  type ProviderWrapper,
} from '../declaration/gateway-definition.js';
import { gatewaySettings } from './gateway-options.js';
import type { GatewayRoute } from './gateway-route.js';

type GatewayType = GatewayDefinition['type'];

/** Finds the gateways among the application's providers. */
@Injectable()
export class GatewayExplorer {
  readonly #discovery: DiscoveryService;
  readonly #scanner: MetadataScanner;
  readonly #logger = new Logger('GatewayExplorer', { timestamp: true });

  constructor(discovery: DiscoveryService, scanner: MetadataScanner) {
    this.#discovery = discovery;
    this.#scanner = scanner;
  }

  /** @throws {WsConfigurationError} for a wrong option, and whatever a factory of options throws */
  async explore(): Promise<GatewayDefinition[]> {
    const found: GatewayDefinition[] = [];
    for (const wrapper of this.#discovery.getProviders()) {
      const type = typeOf(wrapper);
      const declared = type === undefined ? undefined : readGatewayOptions(type);
      if (type === undefined || declared === undefined) continue;
      const settings = await gatewaySettings(wrapper, type.name, declared);
      const methods = this.#scanner.getAllMethodNames(type.prototype);
      found.push(new GatewayDefinition(wrapper, type, settings, methods));
    }
    return found;
  }

  /** One line for each gateway and event, as Nest's router writes for controllers. */
  log(routes: readonly GatewayRoute[]): void {
    for (const { path, version, gateways } of routes) {
      const mark = version.key === '' ? '' : ` (version: ${version.key})`;
      for (const gateway of gateways) {
        this.#logger.log(`${gateway.name} {${path.pattern}}${mark}:`);
        for (const message of gateway.messages) {
          this.#logger.log(`Mapped {${path.pattern}, ${describe(message, '*')}} message`);
        }
        for (const binary of gateway.binaries) {
          this.#logger.log(`Mapped {${path.pattern}, ${describe(binary, 'binary')}} message`);
        }
      }
    }
  }
}

/** The class behind a provider; an alias (`useExisting`) is no provider of its own. */
function typeOf(wrapper: ProviderWrapper): GatewayType | undefined {
  if (wrapper.isAlias) return undefined;
  // For a factory Nest keeps the function, for a value nothing, where the class stands otherwise.
  const made = wrapper.inject !== undefined && wrapper.inject !== null;
  const instance: unknown = made || !wrapper.metatype ? wrapper.instance : undefined;
  const type: unknown = instance === undefined ? wrapper.metatype : constructorOf(instance);
  return isClass(type) ? type : undefined;
}

function isClass(type: unknown): type is GatewayType {
  return (
    typeof type === 'function' && typeof type.prototype === 'object' && type.prototype !== null
  );
}

function constructorOf(instance: unknown): unknown {
  return typeof instance === 'object' && instance !== null ? instance.constructor : undefined;
}

function describe<Key>({ key, protocols }: HandlingMethod<Key>, fallback: string): string {
  let name = fallback;
  if (typeof key === 'number') name = `${fallback} 0x${key.toString(16).padStart(2, '0')}`;
  else if (key !== undefined) name = String(key);
  return protocols.length === 0 ? name : `${name} (protocol: ${protocols.join(', ')})`;
}
