import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, type ApplicationConfig } from '@nestjs/core';
import { isOwnGateway, readGatewayOptions } from '../declaration/ws-gateway.decorator.js';
import {
  GatewayDefinition,
  type HandlingMethod,
  type ProviderWrapper,
} from '../declaration/gateway-definition.js';
import { checkMethods } from './gateway-methods.js';
import { findAmongControllers, findLostRoutes, findStandIn } from './misplaced-gateways.js';
import { gatewaySettings } from './gateway-options.js';
import { findForeignMethods, findOwnMethods } from './misplaced-methods.js';
import { findShadowed } from './shadowed-routes.js';
import { assertApart } from './standard-gateways.js';
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

  /**
   * @param logger told of what may be meant otherwise
   * @throws {WsConfigurationError} for a wrong option or a method that would be ignored, and whatever a factory of options throws
   */
  async explore(logger: Pick<Logger, 'warn'> = this.#logger): Promise<GatewayDefinition[]> {
    const found: GatewayDefinition[] = [];
    const provided = new Set<GatewayType>();
    const controllers = new Set(this.#discovery.getControllers().map(typeOf));
    for (const wrapper of this.#discovery.getProviders()) {
      const type = typeOf(wrapper);
      if (!wrapper.isAlias) findStandIn(wrapper, type, logger);
      if (type === undefined) continue;
      provided.add(type);
      const declared = readGatewayOptions(type);
      const methods = this.#scanner.getAllMethodNames(type.prototype);
      if (declared === undefined) {
        findOwnMethods(type, methods, logger);
        continue;
      }
      const fields = functionsIn(wrapper.instance);
      findForeignMethods(type, [...methods, ...fields], logger);
      checkMethods(type, methods, logger);
      if (!controllers.has(type)) findLostRoutes(type, logger);
      const settings = await gatewaySettings(wrapper, type.name, declared);
      found.push(new GatewayDefinition(wrapper, type, settings, methods));
    }
    for (const type of controllers) {
      if (type === undefined) continue;
      findAmongControllers(type, provided.has(type), logger);
      if (isOwnGateway(type)) continue;
      findOwnMethods(type, this.#scanner.getAllMethodNames(type.prototype), logger);
    }
    return found;
  }

  /**
   * Finds what the adapter of the application serves on the paths of our gateways.
   * @throws {WsConfigurationError}
   */
  assertApart(routes: readonly GatewayRoute[], config: ApplicationConfig): void {
    const types = this.#discovery.getProviders().map(typeOf);
    assertApart(
      routes,
      types.filter((type) => type !== undefined),
      config,
    );
  }

  /** One line for each gateway and event, as Nest's router writes for controllers, and for each that nobody reaches. */
  log(routes: readonly GatewayRoute[]): void {
    findShadowed(routes, this.#logger);
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

/** Names of its fields that hold a function, as `handleConnection = () => { ... }` does; no getter is called. */
function functionsIn(instance: unknown): string[] {
  const fields = Object.entries(Object.getOwnPropertyDescriptors(instance ?? {}));
  return fields.filter(([, { value }]) => typeof value === 'function').map(([name]) => name);
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
