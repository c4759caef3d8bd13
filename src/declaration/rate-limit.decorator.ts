import { EVENT_RATE_OPTIONS, limitRate, type EventRate, type MessageHandler } from '#hub';
import { RATE_METADATA } from './metadata.js';
import { methodOf } from './method-of.js';
import { configurationPlace } from '../options/configuration-place.js';
import { decorated, type MethodHost } from './overridden-method.js';

const PLACE = configurationPlace('argument of @RateLimit', ': ');

/**
 * Lets a message handler be called only so often; what is over it gets an `exception` frame with the
 * code `RATE_LIMITED` and `details.retryAfter` in milliseconds, and never reaches a guard. Of several on
 * one method each counts by itself, the upper one first; a method that overrides one keeps its limits
 * unless it has its own.
 *
 * @param rate messages a second, or `{ messages, per, burst, scope, onViolation }`: milliseconds, how
 *   much may come at once, `connection` (default), `user` or `ip`, and `drop` (default) or `close`
 * @throws {WsConfigurationError} for a rate that is not positive, or an unknown option
 * @example
 * \@RateLimit({ messages: 5, per: 10_000, scope: 'user' })
 * \@OnMessage('say')
 * say(\@MessageBody() dto: SayDto) {}
 */
export function RateLimit(rate: number | EventRate): MethodDecorator {
  const rule = typeof rate === 'number' ? { messages: rate } : rate;
  // Where it is written, not when the application starts.
  EVENT_RATE_OPTIONS.read(rule, PLACE);
  return (target, key, descriptor) => {
    const method = methodOf(target, key, descriptor, 'RateLimit');
    const below: readonly EventRate[] = Reflect.getOwnMetadata(RATE_METADATA, method) ?? [];
    Reflect.defineMetadata(RATE_METADATA, [...below, rule], method);
  };
}

/** A handler as its method's `@RateLimit`s say, the upper one first, or as it is. */
export function withRateLimit(
  handler: MessageHandler,
  type: MethodHost,
  name: string,
): MessageHandler {
  const method = decorated(RATE_METADATA, type, name);
  if (method === undefined) return handler;
  const rules: readonly EventRate[] = Reflect.getOwnMetadata(RATE_METADATA, method);
  return rules.reduce((limited, rule) => limitRate(limited, rule), handler);
}
