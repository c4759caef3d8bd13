import { MessageRouter, type MessageHandler } from '#hub';
import { BINARY_EVENT } from '../declaration/on-binary.decorator.js';
import { withRateLimit } from '../declaration/rate-limit.decorator.js';
import type { CallerFactory } from '../pipeline/caller-factory.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { GatewayHandler, TypedBinaryHandler } from './gateway-handler.js';
import type { GatewayRoute } from './gateway-route.js';
import { BinaryChoice, HandlerChoice } from './handler-choice.js';

/** Name under which the fallback is known to the hub; it is called with the real event. */
const FALLBACK = '*';

/**
 * Builds the one look-up table of a path from the methods of all its gateways.
 * @param timeout milliseconds for methods without a timeout of their own
 * @param provided handlers for events that no gateway handles itself
 */
export function routeRouter(
  route: GatewayRoute,
  callers: CallerFactory,
  timeout: number,
  provided: readonly MessageHandler[] = [],
): MessageRouter {
  const events = new Map<string, HandlerChoice>();
  const others = new HandlerChoice(FALLBACK);
  for (const gateway of route.gateways) {
    for (const method of gateway.messages) {
      const { key, protocols } = method;
      const handler = withRateLimit(
        new GatewayHandler(key ?? FALLBACK, gateway, method, callers, timeout),
        gateway.type,
        method.name,
      );
      const choice = key === undefined ? others : (events.get(key) ?? new HandlerChoice(key));
      if (key !== undefined) events.set(key, choice);
      choice.add(handler, protocols);
    }
  }
  const fallback = others.simplest;
  const handlers: MessageHandler[] = [...events.values()].map(
    (choice) => choice.fallBackTo(fallback).simplest ?? choice,
  );
  handlers.push(...provided.filter(({ event }) => !events.has(event)));
  return new MessageRouter(handlers, fallback);
}

/** The handlers of the path's binary messages, undefined when no gateway has any. */
export function routeBinaries(
  route: GatewayRoute,
  callers: CallerFactory,
  timeout: number,
): MessageHandler | undefined {
  const choice = new BinaryChoice(BINARY_EVENT);
  let found = false;
  for (const gateway of route.gateways) {
    for (const method of gateway.binaries) {
      const Handler = method.key === undefined ? GatewayHandler : TypedBinaryHandler;
      const binary = new Handler(BINARY_EVENT, gateway, method, callers, timeout);
      if (binary.upload !== undefined) {
        throw new WsConfigurationError(
          `Cannot map ${gateway.name}.${method.name}: @Upload has no effect with @OnBinary, expected @OnMessage`,
        );
      }
      const handler = withRateLimit(binary, gateway.type, method.name);
      choice.add(method.key, handler, method.protocols);
      found = true;
    }
  }
  return found ? choice : undefined;
}
