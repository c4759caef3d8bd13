import { inspect, isDeepStrictEqual } from 'node:util';
import { CONNECTION_OPTIONS } from '../options/connection-options.resolver.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { isRecord } from '../support/is-record.js';
import type { ConnectionOptions } from '../options/ws-options.interface.js';
import type { GatewayDefinition, HandlingMethod } from '../declaration/gateway-definition.js';
import { GatewayPath } from './gateway-path.js';
import { versionFilter, type VersionFilter } from '../declaration/gateway-version.js';
import { fullPaths, type PathRules } from './path-rules.js';

/** One path with all the gateways on it: they share its connections. */
export interface GatewayRoute {
  readonly path: GatewayPath;
  /** What the path does not say about the version a client must ask for. */
  readonly version: VersionFilter;
  readonly gateways: readonly GatewayDefinition[];
  /** What the gateways set, merged; the module's options fill the rest. */
  readonly options: ConnectionOptions;
  /** Subprotocols of all the gateways, in their order of preference. */
  readonly protocols: readonly string[];
}

interface Group {
  readonly path: GatewayPath;
  readonly version: VersionFilter;
  readonly gateways: GatewayDefinition[];
}

/**
 * Groups gateways by path and finds at start what would go wrong silently later.
 * @throws {WsConfigurationError} for two handlers of one event, two values of one option, two paths
 *   that differ only in the names of their parameters, a protocol no client can agree on
 */
export function mapRoutes(
  gateways: readonly GatewayDefinition[],
  rules: PathRules,
): GatewayRoute[] {
  const groups = new Map<string, Group>();
  for (const gateway of gateways) {
    const version = versionFilter(gateway.options.version, rules.versioning);
    for (const path of pathsOf(gateway, rules)) addTo(groups, path, version, gateway);
  }
  return [...groups.values()].map((group) => makeRoute(group));
}

function pathsOf(gateway: GatewayDefinition, rules: PathRules): GatewayPath[] {
  const { version } = gateway.options;
  return gateway.paths
    .flatMap((path) => fullPaths(path, version, rules))
    .map((pattern) => new GatewayPath(pattern, gateway.name));
}

function addTo(
  groups: Map<string, Group>,
  path: GatewayPath,
  version: VersionFilter,
  gateway: GatewayDefinition,
): void {
  const key = JSON.stringify([path.shape, version.key]);
  const group = groups.get(key);
  if (group === undefined) {
    groups.set(key, { path, version, gateways: [gateway] });
    return;
  }
  if (group.path.pattern.toLowerCase() !== path.pattern.toLowerCase()) {
    throw new WsConfigurationError(
      `Cannot map gateway ${gateway.name}: its path ${path.pattern} matches the same requests as ${group.path.pattern} of ${group.gateways[0]?.name}`,
    );
  }
  assertOnce(group, gateway);
  group.gateways.push(gateway);
}

/** Of one class twice on a path, every hook would run twice. */
function assertOnce({ path, gateways }: Group, gateway: GatewayDefinition): void {
  const other = gateways.find(({ type }) => type === gateway.type);
  if (other === undefined) return;
  if (other === gateway) {
    throw new WsConfigurationError(
      `Cannot map gateway ${gateway.name}: expected each path once, current value has ${path.pattern} twice`,
    );
  }
  const modules = [other, gateway].map(({ wrapper }) => wrapper.host?.name ?? 'no module');
  throw new WsConfigurationError(
    `Cannot map gateway ${gateway.name}: expected one module to provide it, and to export it to others, current value is ${modules.join(' and ')}`,
  );
}

function makeRoute({ path, version, gateways }: Group): GatewayRoute {
  const protocols = [...new Set(gateways.flatMap((gateway) => gateway.protocols))];
  checkHandlers(gateways, protocols);
  return { path, version, gateways, options: mergeOptions(gateways), protocols };
}

function checkHandlers(gateways: readonly GatewayDefinition[], known: readonly string[]): void {
  const taken = new Map<string, string>();
  for (const gateway of gateways) {
    for (const method of gateway.messages) {
      const { key } = method;
      const what = key === undefined ? 'the fallback' : `event ${JSON.stringify(key)}`;
      claim(taken, gateway, method, what, known);
    }
    for (const method of gateway.binaries) {
      const { key } = method;
      const what = key === undefined ? 'binary messages of any type' : `binary type ${key}`;
      claim(taken, gateway, method, what, known);
    }
  }
}

/** Writes down which method handles something, for each protocol it serves. */
function claim(
  taken: Map<string, string>,
  gateway: GatewayDefinition,
  { name, protocols }: HandlingMethod<unknown>,
  what: string,
  known: readonly string[],
): void {
  const place = `${gateway.name}.${name}`;
  for (const protocol of protocols.length > 0 ? protocols : [undefined]) {
    if (protocol !== undefined && !known.includes(protocol)) {
      throw new WsConfigurationError(
        `Cannot map ${place}: expected a protocol of its path (${known.join(', ')}), current value is ${protocol}`,
      );
    }
    const key = JSON.stringify([what, protocol]);
    const other = taken.get(key);
    if (other !== undefined) {
      throw new WsConfigurationError(`Cannot map ${place}: ${what} is already handled by ${other}`);
    }
    taken.set(key, place);
  }
}

function mergeOptions(gateways: readonly GatewayDefinition[]): ConnectionOptions {
  const merged: Record<string, unknown> = {};
  for (const { name, options } of gateways) {
    for (const option of CONNECTION_OPTIONS.names) {
      const next: unknown = options[option];
      if (next !== undefined) merged[option] = agree(merged[option], next, name, option);
    }
  }
  return merged;
}

/** Two gateways of one path cannot both have their way: their connections are the same. */
function agree(current: unknown, next: unknown, gateway: string, option: string): unknown {
  if (current === undefined || isDeepStrictEqual(current, next)) return next;
  if (isRecord(current) && isRecord(next) && !Array.isArray(next)) {
    const merged: Record<string, unknown> = { ...current };
    for (const [key, value] of Object.entries(next)) {
      merged[key] = agree(merged[key], value, gateway, `${option}.${key}`);
    }
    return merged;
  }
  throw new WsConfigurationError(
    `Cannot map gateway ${gateway}: option ${option} of another gateway on its path is ${inspect(current)}, current value is ${inspect(next)}`,
  );
}
