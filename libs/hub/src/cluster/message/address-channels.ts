import { ALL, roomChannel, userChannel } from '../../broker/channel.js';
import type { Address } from '../../rooms/address.js';

/** An address of more channels goes to all nodes. */
export const MAX_CHANNELS = 8;
/** UTF-16 units of a room's name and of a user's id; nobody on another node has a longer one. */
export const MAX_NAME_LENGTH = 256;

/**
 * The channels by which a broadcast reaches every node that has a receiver, each once and always in the same
 * order; none when there can be none.
 */
export function channelsOf({ rooms, users, everyone }: Address): readonly string[] {
  if (everyone) return [ALL];
  const [room] = rooms;
  if (room !== undefined && rooms.length === 1 && users.length === 0) {
    return room.length > MAX_NAME_LENGTH ? [] : [roomChannel(room)];
  }
  const channels = new Set<string>();
  for (const name of rooms) if (name.length <= MAX_NAME_LENGTH) channels.add(roomChannel(name));
  for (const id of users) if (id.length <= MAX_NAME_LENGTH) channels.add(userChannel(id));
  return channels.size > MAX_CHANNELS ? [ALL] : [...channels];
}
