import { JOIN_EVENT, type RoomAccess, type RoomGrant } from '#hub';
import type { CallerFactory } from '../pipeline/caller-factory.js';
import type { GatewayRoute } from './gateway-route.js';
import { MessageContext } from '../pipeline/message-context.js';
import { isError } from '../support/is-error.js';
import { isGranting } from '../support/is-granting.js';

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
        if (isGranting(result)) grant = { ...grant, ...result };
        else if (result !== true) return false;
      }
      return grant;
    },
  };
}
