import type { MsgHdrs } from '@nats-io/transport-node';
import type { LogNews } from '#hub';

/** Headers of a message of a room. */
export const EPOCH = 'Nw-Epoch';
export const OFFSET = 'Nw-Offset';
export const TIME = 'Nw-Time';

/** The newest message of a room. */
export interface RoomEnd {
  /** Its number in the stream; what the next append expects. */
  readonly seq: number;
  readonly epoch: string;
  /** 0 for the mark with which a life of a room begins. */
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** @returns undefined for what none of ours has written */
export function readEnd(seq: number, headers: MsgHdrs | undefined): RoomEnd | undefined {
  const epoch = headers?.get(EPOCH) ?? '';
  const offset = Number(headers?.get(OFFSET));
  const time = Number(headers?.get(TIME));
  const valid = /^[\w-]{1,64}$/.test(epoch) && isCount(offset) && isCount(time);
  return valid ? { seq, epoch, offset, time } : undefined;
}

/** @param body copied */
export function newsOf({ epoch, offset, time }: RoomEnd, body: Uint8Array): LogNews {
  return { epoch, offset, time, body: Uint8Array.from(body) };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
