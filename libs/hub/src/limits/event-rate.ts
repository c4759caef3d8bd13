import type { Connection } from '../connection/connection.js';
import { about } from '../diagnostics/connection-news.js';
import { told } from '../diagnostics/told.js';
import type { MessageHandler } from '../dispatch/message-router.js';
import type { Envelope } from '../wire/envelope.js';
import { addressKey } from './address-key.js';
import {
  MessageRates,
  RATE_PARTS,
  ratePlan,
  type Excess,
  type Rate,
  type RatePlan,
} from '../rates/message-rates.js';
import {
  rateLimited,
  violationPolicy,
  type Clock,
  type RateScope,
  type ViolationPolicy,
} from './rate-limiter.js';
import { RateTable } from '../rates/rate-table.js';
import { ClosingError } from '../wire/closing-error.js';
import { HubCloseCauses } from '../wire/close-causes.js';
import { amount, oneOf } from '../options/option-kinds.js';
import { REQUIRED, type OptionsFor } from '../options/option.js';
import { usagePlace } from '../options/option-place.js';
import { OptionTable, type Resolved } from '../options/option-table.js';

/** The limit of one event: how often, and who is counted together. Bytes are the hub's to limit. */
export interface EventRate extends Omit<Rate, 'bytes'> {
  readonly messages: number;
  /** Default `connection`. */
  readonly scope?: RateScope | undefined;
  /** Default `drop`. */
  readonly onViolation?: ViolationPolicy | undefined;
}

export const EVENT_RATE_OPTIONS = new OptionTable({
  messages: amount(REQUIRED),
  per: RATE_PARTS.options.per,
  burst: RATE_PARTS.options.burst,
  scope: oneOf(['connection', 'user', 'ip'])('connection'),
  onViolation: violationPolicy,
} satisfies OptionsFor<EventRate>);

/** A handler that is called no more often than its rate allows; see `limitRate`. */
class LimitedHandler implements MessageHandler {
  readonly event: string;
  readonly wantsSignal: boolean;
  readonly concurrency?: number;
  readonly timeout?: number;
  readonly upload: MessageHandler['upload'];
  readonly #handler: MessageHandler;
  readonly #plan: RatePlan;
  readonly #scope: RateScope;
  readonly #policy: ViolationPolicy;
  readonly #now: Clock;
  // Weak: a connection's count goes with it.
  readonly #own = new WeakMap<Connection, MessageRates>();
  readonly #named: RateTable;

  constructor(
    handler: MessageHandler,
    rate: Resolved<typeof EVENT_RATE_OPTIONS>,
    plan: RatePlan,
    now: Clock,
  ) {
    this.event = handler.event;
    this.wantsSignal = handler.wantsSignal === true;
    if (handler.concurrency !== undefined) this.concurrency = handler.concurrency;
    if (handler.timeout !== undefined) this.timeout = handler.timeout;
    this.upload = handler.upload;
    this.#handler = handler;
    this.#plan = plan;
    this.#scope = rate.scope;
    this.#policy = rate.onViolation;
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
    if (told.rateLimited.hasSubscribers) {
      const news = { event: this.event, limit: this.#scope, kind: excess.kind };
      told.rateLimited.publish({ ...about(connection), ...news, action: this.#policy });
    }
    const error = rateLimited({ scope: this.#scope, ...excess });
    throw this.#policy === 'close' ? new ClosingError(error, HubCloseCauses.RateLimit) : error;
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
  const name = `rate of event ${handler.event}`;
  const resolved = EVENT_RATE_OPTIONS.resolve(rate, usagePlace('hub', name));
  const { messages, per, burst } = resolved;
  const plan = ratePlan(name, { messages, per, burst });
  return plan === undefined ? handler : new LimitedHandler(handler, resolved, plan, now);
}
