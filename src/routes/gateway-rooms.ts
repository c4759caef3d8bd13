import { types } from 'node:util';
import { JOIN_EVENT, type RoomAccess, type RoomGrant } from '#hub';
import type { CallerFactory } from '../pipeline/caller-factory.js';
import type { GatewayRoute } from './gateway-route.js';
import { MessageContext } from '../pipeline/message-context.js';
import { isError } from '../support/is-error.js';
import { isRecord } from '../support/is-record.js';

/** What the `@CanJoin` methods of a path say, as one; undefined when there is none. */
export function roomAccess(route: GatewayRoute, callers: CallerFactory): RoomAccess | undefined {
  const deciders = route.gateways.flatMap((gateway) =>
    gateway.canJoin.map((name) => callers.hook(gateway, name)),
  );
  if (deciders.length === 0) return undefined;
  return {
    async canJoin(connection, room) {
      let grant: RoomGrant = {};
      for (const decide of deciders) {
        const context = new MessageContext(connection, JOIN_EVENT, room);
        const result = await decide(connection, room, context, JOIN_EVENT);
        if (isError(result)) throw result;
        if (isRecord(result) && !isNoGrant(result)) grant = { ...grant, ...result };
        else if (result !== true) return false;
      }
      return grant;
    },
  };
}

/** What a query finds, an empty list too, and `new Boolean(false)` are objects that grant nothing. */
function isNoGrant(result: object): boolean {
  return Array.isArray(result) || types.isBoxedPrimitive(result);
}
