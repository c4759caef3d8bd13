import type { ApplicationConfig } from '@nestjs/core';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { isRecord } from '../support/is-record.js';
import {
  STANDARD_GATEWAY,
  STANDARD_GATEWAY_OPTIONS,
  STANDARD_GATEWAY_PORT,
} from '../support/nest-metadata.js';
import { GatewayPath } from './gateway-path.js';
import type { GatewayRoute } from './gateway-route.js';

/** A port that stands for the application's own server. */
const APPLICATION_PORT = 0;

interface StandardGateway {
  readonly name: string;
  readonly path: string;
}

/** Whether Nest serves a class with the WebSocket adapter of the application. */
export function isStandardGateway(type: object): boolean {
  return Reflect.getMetadata(STANDARD_GATEWAY, type) === true;
}

/**
 * Refuses a path that gateways of both kinds have on the application's server: whichever listens first would
 * take all the clients, and the standard ones know no `@VerifyClient`.
 *
 * @param types the classes of the application
 * @throws {WsConfigurationError}
 */
export function assertApart(
  routes: readonly GatewayRoute[],
  types: Iterable<{ readonly name: string }>,
  config: ApplicationConfig,
): void {
  const adapter: unknown = config.getIoAdapter();
  for (const type of types) {
    const standard = isStandardGateway(type) ? onApplicationServer(type, adapter) : undefined;
    if (standard === undefined) continue;
    const route = routes.find(({ path }) => overlaps(path, standard.path));
    if (route === undefined) continue;
    const names = route.gateways.map(({ name }) => name).join(', ');
    throw new WsConfigurationError(
      `Cannot map gateway ${names}: its path ${route.path.pattern} is also that of the @WebSocketGateway ${standard.name}, which would take its clients unverified; expected a path or a port of its own, current value is ${standard.path}`,
    );
  }
}

function onApplicationServer(
  type: { readonly name: string },
  adapter: unknown,
): StandardGateway | undefined {
  const port: unknown = Reflect.getMetadata(STANDARD_GATEWAY_PORT, type);
  const options: unknown = Reflect.getMetadata(STANDARD_GATEWAY_OPTIONS, type);
  if (port !== APPLICATION_PORT || !isRecord(options)) return undefined;
  // A server that the application made itself: Nest does not attach it.
  if (isRecord(options['server'])) return undefined;
  const { path = defaultPath(adapter) } = options;
  return typeof path === 'string' ? { name: type.name, path } : undefined;
}

/** Where an adapter serves gateways that name no path; `undefined` for one that is not known. */
function defaultPath(adapter: unknown): string | undefined {
  const names = new Set<string>();
  for (let at = adapter; isRecord(at); at = Reflect.getPrototypeOf(at)) {
    const { constructor } = at;
    if (typeof constructor === 'function') names.add(constructor.name);
  }
  // By name: neither package has to be installed.
  if (names.has('NestwireAdapter') || names.has('WsAdapter')) return '/';
  return names.has('IoAdapter') ? '/socket.io' : undefined;
}

/** Theirs is compared as it is, and may have parameters in later versions of Nest. */
function overlaps(ours: GatewayPath, theirs: string): boolean {
  // What takes the rest of the paths is meant to leave some to others.
  if (ours.pattern.includes('*')) return false;
  const path = `/${theirs}`.replaceAll(/\/{2,}/g, '/');
  if (ours.match(path) !== null) return true;
  try {
    return new GatewayPath(path).shape === ours.shape;
  } catch {
    return false;
  }
}
