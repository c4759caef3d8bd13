import type { SendPolicy, TransportLimits } from '#engine';
import { RateLimiter, type RateOptions } from '#hub';
import { WsConfigurationError } from '../errors/ws-configuration-error.js';
import { check, isBoolean, positive } from '../option-checks.js';
import type { DrainOptions, LoadOptions, RealtimeOptions } from './realtime-options.interface.js';

export const LOAD_OPTIONS = [
  'slowConsumers',
  'maxBackpressure',
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

/** The load options of one path, its own over the module's. */
export interface ResolvedLoadOptions {
  readonly policy: SendPolicy | undefined;
  /** Bytes; undefined leaves `limits.sendHardLimit` as it is. */
  readonly maxBackpressure: number | undefined;
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
  positive(options.maxBackpressure, `${owner} maxBackpressure`, undefined);
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
  const inherited = limits.sendHardLimit === undefined ? module.maxBackpressure : undefined;
  return {
    policy: policyOf(gateway) ?? policyOf(module),
    maxBackpressure: gateway.maxBackpressure ?? inherited,
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
