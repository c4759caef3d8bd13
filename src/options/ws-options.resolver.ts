import type { ServerOptions as TlsOptions } from 'node:https';
import {
  checkConnectionOptions,
  CONNECTION_OPTIONS,
  defaultOptions,
  type ResolvedConnectionOptions,
} from './connection-options.resolver.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import {
  check,
  isBoolean,
  isCount,
  isObject,
  isString,
  knownKeys,
  milliseconds,
  millisecondsOrOff,
  positive,
} from './option-checks.js';
import { DRAIN_OPTIONS, LOAD_OPTIONS, REALTIME_OPTIONS } from './realtime-options.js';
import type { DrainOptions, LoadOptions, RealtimeOptions } from './realtime-options.interface.js';
import type { WsModuleOptions } from './ws-options.interface.js';
import { GatewayCloseCauses } from '../support/close-causes.js';
import { MAX_CLOSE_REASON } from '#engine';

/** A port of the gateways' own. */
export interface OwnPort {
  readonly port: number;
  readonly host: string | undefined;
  readonly tls: TlsOptions | undefined;
}

/** `WsModuleOptions` with every default filled in. */
export interface ResolvedWsOptions extends ResolvedConnectionOptions {
  /** `undefined`: the application's global prefix. */
  readonly prefix: string | undefined;
  /** `undefined`: the application's HTTP server. */
  readonly ownPort: OwnPort | undefined;
  readonly handshakeTimeout: number;
  readonly maxRoomsPerConnection: number;
  readonly shutdown: Readonly<{ code: number; reason: string; deadline: number } & DrainOptions>;
  /** As the application wrote them: the hub checks and completes them. */
  readonly realtime: (RealtimeOptions & LoadOptions) | undefined;
  readonly useGlobalFilters: boolean;
}

const MAX_PORT = 65_535;

const SHUTDOWN: Readonly<{ code: number; reason: string }> = GatewayCloseCauses.Shutdown;

const MODULE_OPTIONS = [
  'prefix',
  'port',
  'host',
  'tls',
  ...CONNECTION_OPTIONS,
  'handshakeTimeout',
  'maxRoomsPerConnection',
  'shutdown',
  'useGlobalFilters',
  ...REALTIME_OPTIONS,
] satisfies (keyof WsModuleOptions)[];
const SHUTDOWN_OPTIONS = ['code', 'reason', 'deadline', ...DRAIN_OPTIONS];
const RECONNECT_OPTIONS = ['after', 'within'];

/** @throws {WsConfigurationError} naming the option, its value and what is allowed */
export function resolveOptions(options: WsModuleOptions = {}): ResolvedWsOptions {
  knownKeys(options, MODULE_OPTIONS, 'WsModule option');
  checkConnectionOptions(options, 'WsModule option');
  return {
    ...defaultOptions(options),
    prefix: check(options.prefix, 'WsModule option prefix', 'a string', isString, undefined),
    ownPort: resolvePort(options),
    handshakeTimeout: milliseconds(
      options.handshakeTimeout,
      'WsModule option handshakeTimeout',
      10_000,
    ),
    maxRoomsPerConnection: positive(
      options.maxRoomsPerConnection,
      'WsModule option maxRoomsPerConnection',
      1_000,
    ),
    shutdown: resolveShutdown(options.shutdown),
    realtime: pickRealtime(options),
    useGlobalFilters: check(
      options.useGlobalFilters,
      'WsModule option useGlobalFilters',
      'true or false',
      isBoolean,
      true,
    ),
  };
}

function resolvePort(options: WsModuleOptions): OwnPort | undefined {
  const name = 'WsModule option port';
  const port = check(options.port, name, `0 to ${MAX_PORT}`, isPort, undefined);
  const host = check(options.host, 'WsModule option host', 'a string', isString, undefined);
  const tls = check(options.tls, 'WsModule option tls', 'an object', isTls, undefined);
  if (port !== undefined) return { port, host, tls };
  if (host === undefined && tls === undefined) return undefined;
  // The application's server has an address and certificates of its own.
  throw new WsConfigurationError(
    `Cannot read ${name}: expected 0 to ${MAX_PORT} beside host or tls, current value is undefined`,
  );
}

function resolveShutdown(
  shutdown: WsModuleOptions['shutdown'] = {},
): ResolvedWsOptions['shutdown'] {
  knownKeys(shutdown, SHUTDOWN_OPTIONS, 'WsModule option shutdown');
  checkDrain(shutdown, 'WsModule option shutdown');
  return {
    ...shutdown,
    code: check(
      shutdown.code,
      'WsModule option shutdown.code',
      '1000, 1001, 1012, 1013 or 3000 to 4999',
      isShutdownCode,
      SHUTDOWN.code,
    ),
    reason: check(
      shutdown.reason,
      'WsModule option shutdown.reason',
      `a string of at most ${MAX_CLOSE_REASON} bytes`,
      isReason,
      SHUTDOWN.reason,
    ),
    deadline: milliseconds(shutdown.deadline, 'WsModule option shutdown.deadline', 30_000),
  };
}

/** Now, and not by a hub that throws when it is to close: its connections would stay open. */
function checkDrain(options: DrainOptions, name: string): void {
  const reconnect = check(options.reconnect, `${name}.reconnect`, 'an object', isObject, {});
  knownKeys(reconnect, RECONNECT_OPTIONS, `${name}.reconnect`);
  check(options.notice, `${name}.notice`, 'true or false', isBoolean, undefined);
  positive(options.batchSize, `${name}.batchSize`, undefined);
  const times = {
    grace: options.grace,
    batchInterval: options.batchInterval,
    'reconnect.after': options.reconnect?.after,
    'reconnect.within': options.reconnect?.within,
  };
  for (const [key, time] of Object.entries(times)) millisecondsOrOff(time, `${name}.${key}`, 0);
}

/** undefined when none is set. */
function pickRealtime(options: WsModuleOptions): ResolvedWsOptions['realtime'] {
  const names: readonly string[] = [...REALTIME_OPTIONS, ...LOAD_OPTIONS];
  const own = Object.entries(options).filter(([name]) => names.includes(name));
  return own.length === 0 ? undefined : Object.fromEntries(own);
}

function isPort(value: unknown): value is number {
  return isCount(value) && value <= MAX_PORT;
}

function isTls(value: unknown): value is TlsOptions {
  return isObject(value);
}

function isReason(value: unknown): value is string {
  return isString(value) && Buffer.byteLength(value) <= MAX_CLOSE_REASON;
}

/** Of the registered codes only those with which a server may send a client away. */
function isShutdownCode(value: unknown): value is number {
  if (!isCount(value)) return false;
  return [1000, 1001, 1012, 1013].includes(value) || (value >= 3000 && value <= 4999);
}
