import type { ByteReader } from '../../support/byte-reader.js';
import type { ByteWriter } from '../../support/byte-writer.js';
import { MAX_NAME_LENGTH } from '../message/address-channels.js';

/** Channels of one message. */
const MAX_TAILS = 1_000;
/** Bytes of one, well below the limit of a payload. */
const MAX_BYTES = 60_000;
/** Nodes that are asked at once. */
const MAX_ASKED = 1_024;
const NODE_BYTES = 8;

/**
 * What a node says about the ends of its channels: to one that was away, or to all about what it had to
 * drop. Where a receiver has less, something is missing, although nothing that came later says so.
 */
export interface Tails {
  /** Whether they were dropped; otherwise they were sent, and are in the log where there is one. */
  readonly dropped: boolean;
  /** There are more channels than are named. */
  readonly more: boolean;
  /** How many messages were dropped; 0 where that is not known. */
  readonly messages: number;
  readonly ends: readonly (readonly [channel: string, seq: number])[];
}

enum Bit {
  Dropped = 1,
  More = 2,
}

/** Writes as many of the ends as there is room for. */
export function writeTails(
  writer: ByteWriter,
  ends: Iterable<readonly [channel: string, seq: number]>,
  { dropped, messages }: Pick<Tails, 'dropped' | 'messages'>,
): void {
  const named: (readonly [string, number])[] = [];
  let bytes = 0;
  let more = false;
  for (const end of ends) {
    bytes += Buffer.byteLength(end[0]) + 8;
    more = named.length === MAX_TAILS || bytes > MAX_BYTES;
    if (more) break;
    named.push(end);
  }
  writer.u8((dropped ? Bit.Dropped : 0) | (more ? Bit.More : 0));
  writer.u32(Math.min(messages, 0xffffffff)).u16(named.length);
  for (const [channel, seq] of named) writer.text(channel).u48(seq);
}

/** @throws {MalformedBytes} */
export function readTails(reader: ByteReader): Tails {
  const bits = reader.u8();
  const messages = reader.u32();
  const ends: (readonly [string, number])[] = [];
  for (let count = reader.count(MAX_TAILS, 8); count > 0; count--) {
    ends.push([reader.text(MAX_NAME_LENGTH + 2), reader.u48()]);
  }
  return {
    dropped: (bits & Bit.Dropped) !== 0,
    more: (bits & Bit.More) !== 0,
    messages,
    ends,
  };
}

/** Asks each of these nodes what it has sent behind a number. */
export function writeTailsAsk(
  writer: ByteWriter,
  asked: readonly (readonly [node: string, seq: number])[],
): void {
  const some = asked.slice(0, MAX_ASKED);
  writer.u16(some.length);
  for (const [node, seq] of some) writer.raw(Buffer.from(node, 'hex')).u48(seq);
}

/** @returns what `node` is asked; undefined for nothing. @throws {MalformedBytes} */
export function readTailsAsk(reader: ByteReader, node: string): number | undefined {
  for (let count = reader.count(MAX_ASKED, NODE_BYTES + 6); count > 0; count--) {
    const asked = reader.raw(NODE_BYTES).toString('hex');
    const seq = reader.u48();
    if (asked === node) return seq;
  }
  return undefined;
}
