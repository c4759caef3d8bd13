import { limitRate, type EventRate, type MessageHandler } from '#hub';
import { RATE_METADATA } from './metadata.js';
import { methodOf } from './method-of.js';
import { decorated, type MethodHost } from './overridden-method.js';
import { configured } from '../options/realtime-options.js';

/** Checks a rate where it is written, not when the first message comes. */
const PROBE: MessageHandler = { event: 'probe', handle: () => undefined };

/**
 * Lets a message handler be called only so often; what is over it gets an `exception` frame with the
 * code `RATE_LIMITED` and `details.retryAfter` in milliseconds, and never reaches a guard. Of several on
 * one method each counts by itself, the upper one first; a method that overrides one keeps its limits
 * unless it has its own.
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
