import { readChannel } from '../../broker/channel.js';

/**
 * Why broadcasts of other nodes may be missing:
 *
 * - `lost`: others that came later say so
 * - `expired`: they were lost, and the publisher's log does not have them any more, or cannot be read
 * - `dropped`: their publisher could not send them in time
 * - `node-down`: their publisher is gone; what it had not sent yet, if anything, went with it
 */
export type GapReason = 'lost' | 'expired' | 'dropped' | 'node-down';

/** Broadcasts of another node that never came, or may not have. */
export interface Gap {
  /** Who sent them. */
  readonly node: string;
  /** Whose members have missed something, or `all`: nobody can tell, or it was for everyone. */
  readonly rooms: readonly string[] | 'all';
  /** Users who have missed something that was sent to them. */
  readonly users: readonly string[];
  /**
   * Milliseconds since the epoch, by the clock of this node: sent later than this ... What waited in its
   * publisher for a broker that was away was sent so much earlier.
   */
  readonly since: number;
  /** ... and not after this. */
  readonly until: number;
  /** How many, where that is known. */
  readonly messages?: number;
  readonly reason: GapReason;
}

/** Where something is missing, as the application knows it. */
export function missedIn(channels: Iterable<string>): Pick<Gap, 'rooms' | 'users'> {
  const rooms: string[] = [];
  const users: string[] = [];
  for (const channel of channels) {
    const read = readChannel(channel);
    if (read?.kind === 'room') rooms.push(read.name);
    else if (read?.kind === 'user') users.push(read.name);
    else return { rooms: 'all', users: [] };
  }
  return { rooms, users };
}
