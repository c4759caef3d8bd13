import type { ServerOptions as TlsOptions } from 'node:https';
import { DEFAULT_HANDSHAKE_TIMEOUT } from '#engine';
import {
  delay,
  filled,
  flag,
  HUB_OPTIONS,
  isOptions,
  isWhole,
  kind,
  OptionTable,
  text,
  type OptionsFor,
  type Resolved,
} from '#hub';
import { configurationPlace } from './configuration-place.js';
import { CONNECTION_OPTIONS } from './connection-options.resolver.js';
import { REALTIME_OPTIONS } from './realtime-options.js';
import { SHUTDOWN_OPTIONS } from './shutdown-options.js';
import type { WsModuleOptions } from './ws-options.interface.js';

/** A port of the gateways' own. */
export interface OwnPort {
  readonly port: number;
  readonly host: string | undefined;
  readonly tls: TlsOptions | undefined;
}

const MAX_PORT = 65_535;
const PLACE = configurationPlace('WsModule option');

const port = kind(`0 to ${MAX_PORT}`, (value) => isWhole(value, 0, MAX_PORT));
const tls = kind('an object', (value): value is TlsOptions => isOptions(value));

/** What `WsModule.forRoot()` takes. */
export const MODULE_OPTIONS = new OptionTable({
  prefix: text(undefined),
  port: port(undefined),
  host: text(undefined),
  tls: tls(undefined),
  ...CONNECTION_OPTIONS.options,
  handshakeTimeout: delay(DEFAULT_HANDSHAKE_TIMEOUT),
  maxRoomsPerConnection: HUB_OPTIONS.options.maxRoomsPerConnection,
  shutdown: filled(SHUTDOWN_OPTIONS),
  useGlobalGuards: flag(true),
  useGlobalPipes: flag(true),
  useGlobalInterceptors: flag(true),
  useGlobalFilters: flag(true),
  ...REALTIME_OPTIONS.options,
} satisfies OptionsFor<WsModuleOptions>);

/** `WsModuleOptions` with the defaults filled in that are not the hub's to fill in. */
export interface ResolvedWsOptions extends Omit<
  Resolved<typeof MODULE_OPTIONS>,
  'port' | 'host' | 'tls'
> {
  /** `undefined`: the application's HTTP server. */
  readonly ownPort: OwnPort | undefined;
}

/** @throws {WsConfigurationError} naming the option, its value and what is allowed */
export function resolveOptions(given: WsModuleOptions = {}): ResolvedWsOptions {
  const { port: number, host, tls: secure, ...options } = MODULE_OPTIONS.resolve(given, PLACE);
  return { ...options, ownPort: ownPort(number, host, secure) };
}

function ownPort(
  number: number | undefined,
  host: string | undefined,
  secure: TlsOptions | undefined,
): OwnPort | undefined {
  if (number !== undefined) return { port: number, host, tls: secure };
  if (host === undefined && secure === undefined) return undefined;
  // The application's server has an address and certificates of its own.
  throw PLACE.in('port').refuse(`0 to ${MAX_PORT} beside host or tls`, number);
}
