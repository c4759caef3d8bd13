import type { SendPolicy, TransportLimits } from '#engine';
import { RateLimiter, type RateOptions } from '#hub';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { check, isBoolean, positive } from './option-checks.js';
import type { DrainOptions, LoadOptions, RealtimeOptions } from './realtime-options.interface.js';

export const LOAD_OPTIONS = [
  'slowConsumers',
  'maxBackpressure',
  'maxPayloadLength',
  'closeOnBackpressureLimit',
  'rate',
] as const satisfies readonly (keyof LoadOptions)[];

export const REALTIME_OPTIONS = [
  'history',
  'mailbox',
  'presence',
  'connections',
  'trustedProxies',
  'userId',
  'onSlowConsumer',
  'sendBudget',
] as const satisfies readonly (keyof RealtimeOptions)[];

export const DRAIN_OPTIONS = [
  'notice',
  'grace',
  'batchSize',
  'batchInterval',
  'reconnect',
] as const satisfies readonly (keyof DrainOptions)[];

const POLICIES: readonly unknown[] = ['close', 'drop-new', 'drop-old', 'latest', 'volatile'];

/** The options that are another name for a limit. */
const ALIASES = [
  { alias: 'maxBackpressure', limit: 'sendHardLimit' },
  { alias: 'maxPayloadLength', limit: 'maxPayload' },
] as const satisfies readonly { alias: keyof LoadOptions; limit: keyof TransportLimits }[];

/** The load options of one path, its own over the module's. */
interface ResolvedLoadOptions {
  readonly policy: SendPolicy | undefined;
  /** Those that were set under their other name; they come before `limits`. */
  readonly limits: Readonly<Partial<TransportLimits>>;
  /** Of the gateway alone; the module's is counted by the hub. */
  readonly rate: RateOptions | undefined;
}

/** @throws {WsConfigurationError} naming the option, its value and what is allowed */
export function checkLoadOptions(options: LoadOptions, owner: string): void {
  check(
    options.slowConsumers,
    `${owner} slowConsumers`,
    POLICIES.join(', '),
    (value): value is SendPolicy => POLICIES.includes(value),
    undefined,
  );
  for (const { alias } of ALIASES) positive(options[alias], `${owner} ${alias}`, undefined);
  const close = `${owner} closeOnBackpressureLimit`;
  check(options.closeOnBackpressureLimit, close, 'true or false', isBoolean, undefined);
  configured(`${owner} rate`, () => new RateLimiter(options.rate));
}

/** @param limits what the gateway sets itself: a limit of its own comes before the module's other name for it */
export function loadOptions(
  module: LoadOptions,
  gateway: LoadOptions,
  limits: Readonly<Partial<TransportLimits>> = {},
): ResolvedLoadOptions {
  const aliased: Partial<TransportLimits> = {};
  for (const { alias, limit } of ALIASES) {
    const inherited = limits[limit] === undefined ? module[alias] : undefined;
    const bytes = gateway[alias] ?? inherited;
    if (bytes !== undefined) aliased[limit] = bytes;
  }
  return {
    policy: policyOf(gateway) ?? policyOf(module),
    limits: aliased,
    rate: gateway.rate,
  };
}

/**
 * Runs what the layers below refuse with an error of their own.
 * @throws {WsConfigurationError} in its place
 */
export function configured<Value>(name: string, make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WsConfigurationError(`Cannot read ${name}: ${why}`);
  }
}

function policyOf({
  slowConsumers,
  closeOnBackpressureLimit,
}: LoadOptions): SendPolicy | undefined {
  if (slowConsumers !== undefined || closeOnBackpressureLimit === undefined) return slowConsumers;
  return closeOnBackpressureLimit ? 'close' : 'drop-new';
}
