import { inspect } from 'node:util';
import { CloseCode, DEFAULT_LIMITS, resolveLimits, type TransportLimits } from '#engine';
import { WsConfigurationError } from './errors/ws-configuration-error.js';
import type { ConnectionOptions, WsModuleOptions } from './ws-options.interface.js';

/** `WsModuleOptions` with every default filled in. */
export interface ResolvedWsOptions {
  /** `undefined`: the application's global prefix. */
  readonly prefix: string | undefined;
  readonly limits: Readonly<Partial<TransportLimits>>;
  readonly handshakeTimeout: number;
  readonly concurrency: number;
  readonly queueSize: number;
  readonly maxRoomsPerConnection: number;
  readonly shutdown: Readonly<{ code: number; reason: string; deadline: number }>;
  readonly useGlobalFilters: boolean;
}

/** The longest delay Node's timers take; a longer one would fire at once. */
const MAX_DELAY = 2 ** 31 - 1;
/** RFC 6455 5.5: a control frame carries 125 bytes, two of them are the close code. */
const MAX_REASON_BYTES = 123;

const GOING_AWAY: number = CloseCode.GoingAway;

const MODULE_OPTIONS = [
  'prefix',
  'limits',
  'handshakeTimeout',
  'concurrency',
  'queueSize',
  'maxRoomsPerConnection',
  'shutdown',
  'useGlobalFilters',
];
const SHUTDOWN_OPTIONS = ['code', 'reason', 'deadline'];

/** @throws {WsConfigurationError} naming the option, its value and what is allowed */
export function resolveOptions(options: WsModuleOptions = {}): ResolvedWsOptions {
  knownKeys(options, MODULE_OPTIONS, 'WsModule option');
  const shutdown = options.shutdown ?? {};
  knownKeys(shutdown, SHUTDOWN_OPTIONS, 'WsModule option shutdown');
  checkConnectionOptions(options, 'WsModule option');
  return {
    prefix:
      options.prefix === undefined
        ? undefined
        : check(options.prefix, 'WsModule option prefix', 'a string', isString, ''),
    limits: options.limits ?? {},
    handshakeTimeout: milliseconds(
      options.handshakeTimeout,
      'WsModule option handshakeTimeout',
      10_000,
    ),
    concurrency: options.concurrency ?? 1,
    queueSize: options.queueSize ?? 16,
    maxRoomsPerConnection: positive(
      options.maxRoomsPerConnection,
      'WsModule option maxRoomsPerConnection',
      1_000,
    ),
    shutdown: {
      code: check(
        shutdown.code,
        'WsModule option shutdown.code',
        '1000, 1001, 1012, 1013 or 3000 to 4999',
        isShutdownCode,
        GOING_AWAY,
      ),
      reason: check(
        shutdown.reason,
        'WsModule option shutdown.reason',
        `a string of at most ${MAX_REASON_BYTES} bytes`,
        isReason,
        'Server is shutting down',
      ),
      deadline: milliseconds(shutdown.deadline, 'WsModule option shutdown.deadline', 5_000),
    },
    useGlobalFilters: check(
      options.useGlobalFilters,
      'WsModule option useGlobalFilters',
      'true or false',
      isBoolean,
      true,
    ),
  };
}

/**
 * Checks what a gateway and the module have in common.
 * @param owner who set them, for the message: `WsModule option` or `option` of a gateway
 */
export function checkConnectionOptions(options: ConnectionOptions, owner: string): void {
  positive(options.concurrency, `${owner} concurrency`, 1);
  positive(options.queueSize, `${owner} queueSize`, 1);
  const limits = options.limits ?? {};
  knownKeys(limits, Object.keys(DEFAULT_LIMITS), `${owner} limits`);
  try {
    resolveLimits(limits);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WsConfigurationError(`Cannot read ${owner} limits: ${why}`);
  }
}

function knownKeys(value: object, allowed: readonly string[], name: string): void {
  for (const key of Object.keys(value)) {
    if (allowed.includes(key)) continue;
    throw new WsConfigurationError(
      `Cannot read ${name}: expected one of ${allowed.join(', ')}, current value is ${key}`,
    );
  }
}

function positive(value: unknown, name: string, fallback: number): number {
  return check(value, name, 'a whole number, 1 or more', isPositive, fallback);
}

function milliseconds(value: unknown, name: string, fallback: number): number {
  const allowed = `whole milliseconds, 1 to ${MAX_DELAY}`;
  return check(value, name, allowed, isDelay, fallback);
}

function check<T>(
  value: unknown,
  name: string,
  allowed: string,
  holds: (value: unknown) => value is T,
  fallback: T,
): T {
  if (value === undefined) return fallback;
  if (holds(value)) return value;
  throw new WsConfigurationError(
    `Cannot read ${name}: expected ${allowed}, current value is ${inspect(value, { depth: 1 })}`,
  );
}

function isPositive(value: unknown): value is number {
  return isCount(value) && value > 0;
}

function isDelay(value: unknown): value is number {
  return isPositive(value) && value <= MAX_DELAY;
}

function isReason(value: unknown): value is string {
  return isString(value) && Buffer.byteLength(value) <= MAX_REASON_BYTES;
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Of the registered codes only those with which a server may send a client away. */
function isShutdownCode(value: unknown): value is number {
  if (!isCount(value)) return false;
  return [1000, 1001, 1012, 1013].includes(value) || (value >= 3000 && value <= 4999);
}
