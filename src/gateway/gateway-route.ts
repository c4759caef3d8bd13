import { WsConfigurationError } from '../errors/ws-configuration-error.js';
import type { ConnectionOptions } from '../ws-options.interface.js';
import { checkConnectionOptions } from '../ws-options.resolver.js';
import type { GatewayDefinition } from './gateway-definition.js';
import { GatewayPath } from './gateway-path.js';

/** One path with all the gateways on it: they share its connections. */
export interface GatewayRoute {
  readonly path: GatewayPath;
  readonly gateways: readonly GatewayDefinition[];
  /** What the gateways set, merged; the module's options fill the rest. */
  readonly options: ConnectionOptions;
  /** Subprotocols of all the gateways, in their order of preference. */
  readonly protocols: readonly string[];
}

/** Every own option a gateway may set; another key is a typing error that would go unnoticed. */
const GATEWAY_OPTIONS = ['path', 'limits', 'concurrency', 'queueSize'];

/**
 * Groups gateways by path and finds at start what would go wrong silently later.
 * @throws {WsConfigurationError} for two handlers of one event, two values of one option, two paths
 *   that differ only in the names of their parameters, a protocol no client can agree on
 */
export function mapRoutes(gateways: readonly GatewayDefinition[], prefix: string): GatewayRoute[] {
  const groups = new Map<string, { path: GatewayPath; gateways: GatewayDefinition[] }>();
  for (const gateway of gateways) {
    for (const pattern of gateway.paths) {
      const path = new GatewayPath(prefix, pattern);
      const group = groups.get(path.shape);
      if (group === undefined) {
        groups.set(path.shape, { path, gateways: [gateway] });
        continue;
      }
      if (group.path.pattern.toLowerCase() !== path.pattern.toLowerCase()) {
        throw new WsConfigurationError(
          `Cannot map gateway ${gateway.name}: its path ${path.pattern} matches the same requests as ${group.path.pattern} of ${group.gateways[0]?.name}`,
        );
      }
      group.gateways.push(gateway);
    }
  }
  return [...groups.values()].map((group) => makeRoute(group.path, group.gateways));
}

function makeRoute(path: GatewayPath, gateways: readonly GatewayDefinition[]): GatewayRoute {
  const protocols = [...new Set(gateways.flatMap((gateway) => gateway.protocols))];
  checkHandlers(gateways, protocols);
  return { path, gateways, options: mergeOptions(gateways), protocols };
}

function checkHandlers(gateways: readonly GatewayDefinition[], known: readonly string[]): void {
  const taken = new Map<string, string>();
  for (const gateway of gateways) {
    for (const { name, event, protocols } of gateway.messages) {
      const place = `${gateway.name}.${name}`;
      for (const protocol of protocols.length > 0 ? protocols : [undefined]) {
        if (protocol !== undefined && !known.includes(protocol)) {
          throw new WsConfigurationError(
            `Cannot map ${place}: expected a protocol of its path (${known.join(', ')}), current value is ${protocol}`,
          );
        }
        const key = JSON.stringify([event, protocol]);
        const other = taken.get(key);
        if (other !== undefined) {
          throw new WsConfigurationError(
            `Cannot map ${place}: ${event === undefined ? 'the fallback' : `event ${JSON.stringify(event)}`} is already handled by ${other}`,
          );
        }
        taken.set(key, place);
      }
    }
  }
}

function mergeOptions(gateways: readonly GatewayDefinition[]): ConnectionOptions {
  const merged: ConnectionOptions = {};
  for (const { name, options } of gateways) {
    for (const key of Object.keys(options)) {
      if (GATEWAY_OPTIONS.includes(key)) continue;
      throw new WsConfigurationError(
        `Cannot map gateway ${name}: expected options among ${GATEWAY_OPTIONS.join(', ')}, current value is ${key}`,
      );
    }
    checkConnectionOptions(options, `option of gateway ${name}:`);
    merged.concurrency = agree(merged.concurrency, options.concurrency, name, 'concurrency');
    merged.queueSize = agree(merged.queueSize, options.queueSize, name, 'queueSize');
    merged.limits = { ...merged.limits, ...options.limits };
  }
  return merged;
}

/** Two gateways of one path cannot both have their way: their connections are the same. */
function agree(
  current: number | undefined,
  next: number | undefined,
  gateway: string,
  option: string,
): number | undefined {
  if (current === undefined || next === undefined || current === next) return current ?? next;
  throw new WsConfigurationError(
    `Cannot map gateway ${gateway}: option ${option} of another gateway on its path is ${current}, current value is ${next}`,
  );
}
