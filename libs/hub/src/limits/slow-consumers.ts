import type { DropRule, SendPolicy } from '#engine';
import type { Connection } from '../connection/connection.js';
import { about } from '../diagnostics/connection-news.js';
import { told } from '../diagnostics/told.js';
import { oneOf, type Kind } from '../options/option-kinds.js';
import { kCore } from '../connection/connection-core.js';

/** What an endpoint does about receivers that read too slowly. */
export const sendPolicy: Kind<SendPolicy> = oneOf([
  'close',
  'drop-new',
  'drop-old',
  'latest',
  'volatile',
]);

/** A receiver was too slow for what it was sent. */
export interface SlowConsumer {
  readonly connection: Connection;
  /** `dropped` is told once until its queue has been empty again, `closed` once. */
  readonly action: 'dropped' | 'closed';
  /** The limit that was reached: its own queue's, the time without progress, all queues together. */
  readonly limit: 'queue' | 'stall' | 'budget';
  /** Bytes that wait for it. */
  readonly bufferedAmount: number;
}

/** Told of a slow receiver; what it throws changes nothing. */
export type SlowConsumerHook = (info: SlowConsumer) => void;

/** What slow receivers have cost since the start. */
export interface SlowConsumerStats {
  /** Messages dropped, by policy. */
  readonly dropped: Readonly<Record<SendPolicy, number>>;
  /** Connections closed because they read too slowly, by the limit that was reached. */
  readonly closed: Readonly<Record<SlowConsumer['limit'], number>>;
}

const LIMITS: Readonly<Record<string, SlowConsumer['limit']>> = {
  WS_ERR_SEND_QUEUE_FULL: 'queue',
  WS_ERR_SEND_STALLED: 'stall',
  WS_ERR_SEND_BUDGET: 'budget',
};
/** Events whose rule is kept; an application that makes up event names must not fill the memory. */
const MAX_KEPT_RULES = 1_000;

/** Counts what slow receivers cost, and tells the application. */
export class SlowConsumers {
  readonly #dropped = { close: 0, 'drop-new': 0, 'drop-old': 0, latest: 0, volatile: 0 };
  readonly #closed = { queue: 0, stall: 0, budget: 0 };
  readonly #hook: SlowConsumerHook | undefined;
  readonly #failed: (error: unknown) => void;

  /** @param failed told what the hook threw */
  constructor(hook: SlowConsumerHook | undefined, failed: (error: unknown) => void) {
    this.#hook = hook;
    this.#failed = failed;
  }

  get stats(): SlowConsumerStats {
    return { dropped: { ...this.#dropped }, closed: { ...this.#closed } };
  }

  dropped(connection: Connection, messages: number, policy: SendPolicy): void {
    this.#dropped[policy] += messages;
    if (told.slowDropped.hasSubscribers) {
      told.slowDropped.publish({ ...about(connection), messages, policy });
    }
    // Being replaced or left out is what `latest` and `volatile` were chosen for: no news.
    if (connection[kCore].slow || policy === 'latest' || policy === 'volatile') return;
    connection[kCore].slow = true;
    this.#tell(connection, 'dropped', 'queue');
  }

  /** @param error what the transport reported; anything that is not about slowness is ignored */
  failed(connection: Connection, error: Error): void {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
    const limit = Object.hasOwn(LIMITS, code) ? LIMITS[code] : undefined;
    if (limit === undefined) return;
    this.#closed[limit]++;
    if (told.slowClosed.hasSubscribers) {
      const { bufferedAmount } = connection;
      told.slowClosed.publish({ ...about(connection), limit, bufferedAmount });
    }
    this.#tell(connection, 'closed', limit);
  }

  #tell(
    connection: Connection,
    action: SlowConsumer['action'],
    limit: SlowConsumer['limit'],
  ): void {
    try {
      this.#hook?.({ connection, action, limit, bufferedAmount: connection.bufferedAmount });
    } catch (error) {
      this.#failed(error);
    }
  }
}

/** The rules of an endpoint for events that name none. */
export class DefaultRules {
  readonly #policy: SendPolicy;
  readonly #common: DropRule | undefined;
  readonly #byEvent = new Map<string, DropRule>();

  constructor(policy: SendPolicy) {
    this.#policy = policy;
    this.#common = policy === 'close' ? undefined : Object.freeze({ policy });
  }

  for(event: string): DropRule | undefined {
    // Only `latest` needs to tell events apart: an event must not replace another one.
    return this.#policy === 'latest' ? this.#keyed(event) : this.#common;
  }

  #keyed(event: string): DropRule {
    const known = this.#byEvent.get(event);
    if (known !== undefined) return known;
    const rule: DropRule = { policy: this.#policy, key: event };
    if (this.#byEvent.size < MAX_KEPT_RULES) this.#byEvent.set(event, rule);
    return rule;
  }
}
