import { limitRate, type EventRate, type MessageHandler } from '#hub';
import { RATE_METADATA } from './metadata.js';
import { methodOf } from './method-of.js';
import { configured } from '../options/realtime-options.js';

/** Checks a rate where it is written, not when the first message comes. */
const PROBE: MessageHandler = { event: 'probe', handle: () => undefined };

/**
 * Lets a message handler be called only so often; what is over it gets an `exception` frame with the
 * code `RATE_LIMITED` and `details.retryAfter` in milliseconds, and never reaches a guard.
 *
 * @param rate messages a second, or `{ messages, per, burst, scope, onViolation }`: milliseconds, how
 *   much may come at once, `connection` (default), `user` or `ip`, and `drop` (default) or `close`
 * @throws {WsConfigurationError} for a rate that is not positive
 * @example
 * \@RateLimit({ messages: 5, per: 10_000, scope: 'user' })
 * \@OnMessage('say')
 * say(\@MessageBody() dto: SayDto) {}
 */
export function RateLimit(rate: number | EventRate): MethodDecorator {
  const rule: EventRate = typeof rate === 'number' ? { messages: rate } : rate;
  configured('argument of @RateLimit', () => limitRate(PROBE, rule));
  return (_target, key, descriptor) => {
    Reflect.defineMetadata(RATE_METADATA, rule, methodOf(key, descriptor, 'RateLimit'));
  };
}

/** A handler as its method's `@RateLimit` says, or as it is. */
export function withRateLimit(handler: MessageHandler, method: object): MessageHandler {
  const rule: EventRate | undefined = Reflect.getMetadata(RATE_METADATA, method);
  return rule === undefined ? handler : limitRate(handler, rule);
}
