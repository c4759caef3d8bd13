import type { ServerOptions as TlsOptions } from 'node:https';
import { DEFAULT_HANDSHAKE_TIMEOUT, type Http2OnlyOptions } from '#engine';
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
import type { Http2PortOptions, WsModuleOptions } from './ws-options.interface.js';

/** A port of the gateways' own. */
export interface OwnPort {
  readonly port: number;
  readonly host: string | undefined;
  readonly tls: TlsOptions | undefined;
  readonly http2: Http2OnlyOptions | false;
}

const MAX_PORT = 65_535;
const PLACE = configurationPlace('WsModule option');

const port = kind(`0 to ${MAX_PORT}`, (value) => isWhole(value, 0, MAX_PORT));
const tls = kind('an object', (value): value is TlsOptions => isOptions(value));

/** RFC 9113 6.9.2: what a window starts with, and the most it can be. */
const windowSize = kind('65535 to 2147483647', (value): value is number =>
  isWhole(value, 65_535, 2_147_483_647),
);
const HTTP2_OPTIONS = new OptionTable({
  windowSize: windowSize(undefined),
  sessionWindowSize: windowSize(undefined),
} satisfies OptionsFor<Http2PortOptions>);
const http2 = kind('true, false or an object', (value): value is boolean | Http2PortOptions => {
  return typeof value === 'boolean' || isOptions(value);
});

/** What `WsModule.forRoot()` takes. */
export const MODULE_OPTIONS = new OptionTable({
  prefix: text(undefined),
  port: port(undefined),
  host: text(undefined),
  tls: tls(undefined),
  http2: http2(false),
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
  'port' | 'host' | 'tls' | 'http2'
> {
  /** `undefined`: the application's HTTP server. */
  readonly ownPort: OwnPort | undefined;
}

/** @throws {WsConfigurationError} naming the option, its value and what is allowed */
export function resolveOptions(given: WsModuleOptions = {}): ResolvedWsOptions {
  const {
    port: number,
    host,
    tls: secure,
    http2: second,
    ...options
  } = MODULE_OPTIONS.resolve(given, PLACE);
  return { ...options, ownPort: ownPort(number, host, secure, second) };
}

function ownPort(
  number: number | undefined,
  host: string | undefined,
  secure: TlsOptions | undefined,
  second: boolean | Http2PortOptions,
): OwnPort | undefined {
  if (number !== undefined) {
    return { port: number, host, tls: secure, http2: http2Options(second) };
  }
  if (host === undefined && secure === undefined && second === false) return undefined;
  // The application's server has an address and certificates of its own.
  throw PLACE.in('port').refuse(`0 to ${MAX_PORT} beside host, tls or http2`, number);
}

function http2Options(given: boolean | Http2PortOptions): Http2OnlyOptions | false {
  if (typeof given === 'boolean') return given && {};
  return HTTP2_OPTIONS.resolve(given, PLACE.in('http2'));
}
