import { roomChannel, userChannel } from '../../broker/channel.js';
import { channelsOf } from '../message/address-channels.js';
import { readBroadcast, type BroadcastPayload } from '../message/broadcast-payload.js';
import { readPayload, type ClusterMessage } from '../message/cluster-message.js';

/** A broadcast as it came by one of its channels. */
export class Arrival {
  /** @param channels all that it was sent to */
  private constructor(
    readonly channel: string,
    readonly seq: number,
    readonly broadcast: BroadcastPayload,
    readonly channels: readonly string[],
    readonly prev: number,
  ) {}

  /** @returns undefined when it is not what it claims to be, or came by a channel it does not belong to */
  static read(channel: string, { seq, prev, payload }: ClusterMessage): Arrival | undefined {
    const broadcast = readPayload(payload, readBroadcast);
    if (broadcast === undefined) return undefined;
    const channels = channelsOf(broadcast.address);
    const index = channels.indexOf(channel);
    if (index < 0) return undefined;
    const { prevs } = broadcast;
    if (prevs.length !== (channels.length > 1 ? channels.length : 0)) return undefined;
    if (prevs.some((one) => one >= seq)) return undefined;
    return new Arrival(channel, seq, broadcast, channels, prevs[index] ?? prev);
  }

  /** The number that went to one of its channels before it. */
  prevOf(channel: string): number {
    if (channel === this.channel) return this.prev;
    return this.broadcast.prevs[this.channels.indexOf(channel)] ?? 0;
  }

  /** The broadcast for those it does not reach by these channels. */
  without(channels: readonly string[]): BroadcastPayload {
    const { address } = this.broadcast;
    const rooms = address.rooms.filter((room) => !channels.includes(roomChannel(room)));
    const users = address.users.filter((user) => !channels.includes(userChannel(user)));
    return { ...this.broadcast, address: { ...address, rooms, users } };
  }
}
