import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { readGatewayOptions } from '../decorators/ws-gateway.decorator.js';
import {
  GatewayDefinition,
  type MessageMethod,
  type ProviderWrapper,
} from './gateway-definition.js';
import type { GatewayRoute } from './gateway-route.js';

type GatewayType = GatewayDefinition['type'];

/** Finds the gateways among the application's providers. */
@Injectable()
export class GatewayExplorer {
  private readonly logger = new Logger('GatewayExplorer', { timestamp: true });

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  explore(): GatewayDefinition[] {
    return this.discovery.getProviders().flatMap((wrapper) => {
      const type = typeOf(wrapper);
      const options = type === undefined ? undefined : readGatewayOptions(type);
      if (type === undefined || options === undefined) return [];
      const methods = this.scanner.getAllMethodNames(type.prototype);
      return [new GatewayDefinition(wrapper, type, options, methods)];
    });
  }

  /** One line for each gateway and event, as Nest's router writes for controllers. */
  log(routes: readonly GatewayRoute[]): void {
    for (const { path, gateways } of routes) {
      for (const gateway of gateways) {
        this.logger.log(`${gateway.name} {${path.pattern}}:`);
        for (const message of gateway.messages) {
          this.logger.log(`Mapped {${path.pattern}, ${describe(message)}} message`);
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

function describe({ event, protocols }: MessageMethod): string {
  const name = event ?? '*';
  return protocols.length === 0 ? name : `${name} (protocol: ${protocols.join(', ')})`;
}
