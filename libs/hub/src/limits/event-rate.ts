import type { Connection } from '../connection/connection.js';
import type { MessageHandler } from '../dispatch/message-router.js';
import type { Envelope } from '../wire/envelope.js';
import { addressKey } from './address-key.js';
import {
  MessageRates,
  ratePlan,
  type Excess,
  type Rate,
  type RatePlan,
} from '../rates/message-rates.js';
import {
  checkPolicy,
  rateLimited,
  type Clock,
  type RateScope,
  type ViolationPolicy,
} from './rate-limiter.js';
import { RateTable } from '../rates/rate-table.js';
import { HubCloseCauses } from '../wire/close-causes.js';

/** The limit of one event: how often, and who is counted together. Bytes are the hub's to limit. */
export interface EventRate extends Omit<Rate, 'bytes'> {
  readonly messages: number;
  /** Default `connection`. */
  readonly scope?: RateScope | undefined;
  /** Default `drop`. */
  readonly onViolation?: ViolationPolicy | undefined;
}

/** A handler that is called no more often than its rate allows; see `limitRate`. */
class LimitedHandler implements MessageHandler {
  readonly event: string;
  readonly wantsSignal: boolean;
  readonly concurrency?: number;
  readonly timeout?: number;
  readonly #handler: MessageHandler;
  readonly #plan: RatePlan;
  readonly #scope: RateScope;
  readonly #policy: ViolationPolicy;
  readonly #now: Clock;
  // Weak: a connection's count goes with it.
  readonly #own = new WeakMap<Connection, MessageRates>();
  readonly #named: RateTable;

  constructor(handler: MessageHandler, rate: EventRate, plan: RatePlan, now: Clock) {
    this.event = handler.event;
    this.wantsSignal = handler.wantsSignal === true;
    if (handler.concurrency !== undefined) this.concurrency = handler.concurrency;
    if (handler.timeout !== undefined) this.timeout = handler.timeout;
    this.#handler = handler;
    this.#plan = plan;
    this.#scope = rate.scope ?? 'connection';
    this.#policy = checkPolicy(`onViolation of event ${handler.event}`, rate.onViolation);
    this.#now = now;
    this.#named = new RateTable(plan);
  }

  handle(
    connection: Connection,
    data: unknown,
    message: Envelope,
    signal: AbortSignal | undefined,
  ): unknown {
    const excess = this.#take(connection);
    if (excess === undefined) return this.#handler.handle(connection, data, message, signal);
    const error = rateLimited({ scope: this.#scope, ...excess });
    if (this.#policy === 'close') {
      connection.close(HubCloseCauses.RateLimit.code, HubCloseCauses.RateLimit.reason);
    }
    throw error;
  }

  #take(connection: Connection): Excess | undefined {
    const time = this.#now();
    const { userId, handshake } = connection;
    if (this.#scope === 'ip') return this.#named.take(addressKey(handshake.ip), 0, time);
    // Who has not signed in has only the connection to be known by.
    if (this.#scope === 'user' && userId !== undefined) return this.#named.take(userId, 0, time);
    let rates = this.#own.get(connection);
    if (rates === undefined) {
      rates = new MessageRates(this.#plan, time);
      this.#own.set(connection, rates);
    }
    return rates.take(0, time);
  }
}

/**
 * Puts a limit of its own before a handler; what is over it gets an exception frame RATE_LIMITED.
 * @throws {UsageError} for a rate that is not positive.
 */
export function limitRate(
  handler: MessageHandler,
  rate: EventRate,
  now: Clock = () => performance.now(),
): MessageHandler {
  const plan = ratePlan(`rate of event ${handler.event}`, { ...rate, bytes: undefined });
  return plan === undefined ? handler : new LimitedHandler(handler, rate, plan, now);
}
