import { MessageRouter, type MessageHandler } from '#hub';
import type { CallerFactory } from './caller-factory.js';
import { GatewayHandler, ProtocolHandler } from './gateway-handler.js';
import type { GatewayRoute } from './gateway-route.js';

/** Handlers of one event: at most one for every protocol, and one without. */
interface EventHandlers {
  readonly byProtocol: Map<string, MessageHandler>;
  plain: MessageHandler | undefined;
}

/** Name under which the fallback is known to the hub; it is called with the real event. */
const FALLBACK = '*';

/** Builds the one look-up table of a path from the methods of all its gateways. */
export function routeRouter(route: GatewayRoute, callers: CallerFactory): MessageRouter {
  const events = new Map<string, EventHandlers>();
  const others: EventHandlers = { byProtocol: new Map(), plain: undefined };
  for (const gateway of route.gateways) {
    for (const { name, event, protocols } of gateway.messages) {
      const handler = new GatewayHandler(event ?? FALLBACK, gateway, name, callers);
      const found = event === undefined ? others : entryOf(events, event);
      if (protocols.length === 0) found.plain = handler;
      for (const protocol of protocols) found.byProtocol.set(protocol, handler);
    }
  }
  const fallback = combine(FALLBACK, others, undefined);
  const handlers: MessageHandler[] = [];
  for (const [event, found] of events) {
    const handler = combine(event, found, fallback);
    if (handler !== undefined) handlers.push(handler);
  }
  return new MessageRouter(handlers, fallback);
}

function entryOf(events: Map<string, EventHandlers>, event: string): EventHandlers {
  const found = events.get(event) ?? { byProtocol: new Map(), plain: undefined };
  events.set(event, found);
  return found;
}

function combine(
  event: string,
  found: EventHandlers,
  fallback: MessageHandler | undefined,
): MessageHandler | undefined {
  if (found.byProtocol.size === 0) return found.plain;
  return new ProtocolHandler(event, found.byProtocol, found.plain ?? fallback);
}
