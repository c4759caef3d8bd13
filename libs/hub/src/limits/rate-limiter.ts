import type { Connection } from '../connection/connection.js';
import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';
import { addressKey } from './address-key.js';
import {
  MessageRates,
  RATE_PARTS,
  ratePlan,
  type Excess,
  type Rate,
  type RatePlan,
} from '../rates/message-rates.js';
import { RateTable } from '../rates/rate-table.js';
import { nested } from '../options/nested-options.js';
import { oneOf } from '../options/option-kinds.js';
import type { OptionsFor } from '../options/option.js';
import { usagePlace } from '../options/option-place.js';
import { OptionTable } from '../options/option-table.js';
import { kCore } from '../connection/connection-core.js';

/** Who is counted together. */
export type RateScope = 'connection' | 'user' | 'ip';

/** What a message over a limit leads to: an exception frame instead of its handler, or 1008. */
export type ViolationPolicy = 'drop' | 'close';

/** Limits on what clients send. Default none: how much is much is the application's to say. */
export interface RateOptions {
  /** Each connection by itself. */
  readonly connection?: Rate | undefined;
  /** All connections of a user together. */
  readonly user?: Rate | undefined;
  /** All connections of an address together; of a /64 network with IPv6. */
  readonly ip?: Rate | undefined;
  /** Default `drop`. */
  readonly onViolation?: ViolationPolicy | undefined;
}

export const violationPolicy = oneOf(['drop', 'close'])('drop');

export const RATE_OPTIONS = new OptionTable({
  connection: nested<Rate>(RATE_PARTS),
  user: nested<Rate>(RATE_PARTS),
  ip: nested<Rate>(RATE_PARTS),
  onViolation: violationPolicy,
} satisfies OptionsFor<RateOptions>);

/** Messages that came over a limit, by whose it was. */
export type RateStats = Record<RateScope, number>;

/** A message that may not pass. */
interface Violation extends Excess {
  readonly scope: RateScope;
}

/** Milliseconds on a clock that never goes back. */
export type Clock = () => number;

/** Counts every message of a hub against the limits of its sender. */
export class RateLimiter {
  readonly stats: RateStats = { connection: 0, user: 0, ip: 0 };
  readonly onViolation: ViolationPolicy;
  readonly #connection: RatePlan | undefined;
  readonly #users: RateTable | undefined;
  readonly #addresses: RateTable | undefined;
  readonly #now: Clock;

  /** @throws {UsageError} for a rate that is not positive or an unknown policy. */
  constructor(options: RateOptions = {}, now: Clock = () => performance.now()) {
    const rates = RATE_OPTIONS.resolve(options, usagePlace('hub', 'rate'));
    const table = (scope: 'user' | 'ip'): RateTable | undefined => {
      const plan = ratePlan(`rate.${scope}`, rates[scope]);
      return plan && new RateTable(plan);
    };
    this.#connection = ratePlan('rate.connection', rates.connection);
    this.#users = table('user');
    this.#addresses = table('ip');
    this.#now = now;
    this.onViolation = rates.onViolation;
  }

  /** Whether anything is limited; else nobody needs to ask. */
  get active(): boolean {
    return (
      this.#connection !== undefined || this.#users !== undefined || this.#addresses !== undefined
    );
  }

  /** Senders that are remembered by name, for tests of leaks. */
  get remembered(): number {
    return (this.#users?.size ?? 0) + (this.#addresses?.size ?? 0);
  }

  /** @returns undefined when the message may pass; then it has been counted. */
  check(connection: Connection, bytes: number): Violation | undefined {
    const time = this.#now();
    return (
      this.#count('connection', this.#own(connection, time)?.take(bytes, time)) ??
      this.#count('user', this.#ofUser(connection, bytes, time)) ??
      this.#count('ip', this.#addresses?.take(addressKey(connection.handshake.ip), bytes, time))
    );
  }

  #own(connection: Connection, time: number): MessageRates | undefined {
    if (this.#connection === undefined) return undefined;
    return (connection[kCore].rates ??= new MessageRates(this.#connection, time));
  }

  #ofUser({ userId }: Connection, bytes: number, time: number): Excess | undefined {
    return userId === undefined ? undefined : this.#users?.take(userId, bytes, time);
  }

  #count(scope: RateScope, excess: Excess | undefined): Violation | undefined {
    if (excess === undefined) return undefined;
    this.stats[scope]++;
    return { scope, ...excess };
  }
}

/** What the client is told. @param id of the message, when it could be read */
export function rateLimited(violation: Violation, id?: string | number): WireError {
  const { scope, kind, retryAfter } = violation;
  return new WireError(
    ErrorCode.RateLimited,
    `Cannot handle message: too many ${kind} from this ${scope}`,
    { id, details: { scope, retryAfter } },
  );
}
