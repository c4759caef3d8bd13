import type { ExecutionContext } from '@nestjs/common';
import { MessageContext } from './message-context.js';

/** What a throttler guard asks for: a request that it reads and a response that it sets headers on. */
interface RequestResponse {
  req: Record<string, unknown>;
  res: Record<string, unknown>;
}

/**
 * `ThrottlerGuard`, or any guard that finds its request with `getRequestResponse`. The methods are
 * protected in its class, so only the shape of its instances is known here.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- the one constructor a mixin may have (TS2545)
type GuardClass = new (...args: any[]) => object;

// Messages have no headers: what the guard wants to tell the client goes nowhere.
const NO_RESPONSE = Object.freeze({ header: () => undefined });

/**
 * Makes a guard of `@nestjs/throttler` work on messages as on HTTP requests: the message is the
 * request, so it counts by `req.ip` unless its `getTracker` says otherwise, and by handler; too many
 * are answered with an `exception` frame TOO_MANY_REQUESTS. HTTP requests go where they always went.
 *
 * @example
 * const MessageThrottlerGuard = throttleMessages(ThrottlerGuard);
 * \@UseGuards(MessageThrottlerGuard) \@WsGateway('/chat')
 */
export function throttleMessages<Guard extends GuardClass>(Base: Guard): Guard {
  class MessageThrottlerGuard extends Base {
    getRequestResponse(context: ExecutionContext): RequestResponse {
      const message: unknown = context.getArgByIndex(2);
      if (message instanceof MessageContext) {
        return { req: asRecord(message), res: NO_RESPONSE };
      }
      const http = context.switchToHttp();
      return { req: http.getRequest(), res: http.getResponse() };
    }
  }
  // Nest reads the constructor's dependencies from metadata, which a derived class inherits.
  return MessageThrottlerGuard;
}

function asRecord(context: MessageContext): Record<string, unknown> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object is what guards take
  return context as unknown as Record<string, unknown>;
}
