import { CAN_JOIN_METADATA } from './metadata.js';
import { methodOf } from './method-of.js';

/**
 * Lets clients of the gateway enter rooms by themselves, with `$join`, and decides about each: without
 * such a method they cannot. The method gets `(connection, room)`; it returns true, or what comes with
 * the room (`{ latest, presence, meta }`), to let the client in. False refuses with FORBIDDEN; an error,
 * thrown or returned, is the answer, too. With several methods on a path all of them have to agree. A
 * method that overrides one goes on deciding, with or without the decorator.
 *
 * `$join` is no message of a handler: `@UseGuards` on the class and global guards are not asked about it, only
 * those on this method are.
 *
 * @example
 * \@CanJoin()
 * enter(\@ConnectedSocket() connection: Connection, \@MessageBody() room: string): RoomGrant | false {
 *   return room.startsWith('public:') && { latest: 20, presence: true };
 * }
 */
export function CanJoin(): MethodDecorator {
  return (target, key, descriptor) => {
    Reflect.defineMetadata(CAN_JOIN_METADATA, true, methodOf(target, key, descriptor, 'CanJoin'));
  };
}
