import { count, delay, flag, OptionTable, wholeFrom, type OptionsFor, type Resolved } from '#hub';
import { configurationPlace } from '../options/configuration-place.js';

/** When a process counts as healthy: options of `WsHealthModule.forRoot()`. */
export interface WsHealthOptions {
  /**
   * Whether a process without its broker is not ready. All nodes lose a broker at the same time, and each
   * goes on serving its own clients: with `true` the whole application leaves the load balancer. Default false.
   */
  readonly requireBroker?: boolean | undefined;
  /**
   * Connections that must still fit under `connections.total` for the process to be ready; 0: it is ready
   * when it is full, too. Without a limit there is always room. Default 1.
   */
  readonly minHeadroom?: number | undefined;
  /**
   * Milliseconds a turn of the event loop may take, on average over `loopWindow`, while the process counts as
   * alive; a single long one does not count. Default 1,000.
   */
  readonly maxLoopDelay?: number | undefined;
  /** Milliseconds over which the delay of the event loop is measured. Default 10,000. */
  readonly loopWindow?: number | undefined;
}

export const HEALTH_OPTIONS = new OptionTable({
  requireBroker: flag(false),
  minHeadroom: wholeFrom(0)(1),
  maxLoopDelay: count(1_000),
  loopWindow: delay(10_000),
} satisfies OptionsFor<WsHealthOptions>);

/** The options checked and completed with their defaults. */
export type ResolvedHealth = Resolved<typeof HEALTH_OPTIONS>;
export const HEALTH = Symbol('nestwire:health');

const PLACE = configurationPlace('WsHealthModule option');

/** @throws {WsConfigurationError} naming the option, its value and what is allowed */
export function resolveHealth(given: WsHealthOptions = {}): ResolvedHealth {
  return HEALTH_OPTIONS.resolve(given, PLACE);
}
