import { readAnyText, writeAnyText } from '../../support/any-text.js';
import { ByteReader, MalformedBytes } from '../../support/byte-reader.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { MAX_KEY_LENGTH, MAX_META, type RosterEntry } from './roster-entry.js';
import { MAX_PEOPLE } from './roster-limits.js';

/** First byte of each message; another one is of a version to come. */
const FORMAT = 1;
/** `r:` and a name. */
const MAX_CHANNEL_LENGTH = 258;
/** Nodes whose versions one ask may state. */
const MAX_KNOWN = 1_000;
/** Channels one ask may be about. */
const MAX_ITEMS = 4_096;
/** Messages that one state may be split into. */
const MAX_PARTS = 1_024;
const NODE_BYTES = 8;
/** Least bytes of a key, of an entry, of a known version, of an item of an ask. */
const KEY_BYTES = 3;
const ENTRY_BYTES = KEY_BYTES + 14;
const KNOWN_BYTES = NODE_BYTES + 6;
const ITEM_BYTES = 12;

export type Entries = ReadonlyMap<string, RosterEntry>;

/** What has changed at a node between two versions of it; with both the same it only says its version. */
export interface RosterDelta {
  readonly channel: string;
  /** The version it is a change of; 0 when `set` is all there is. */
  readonly base: number;
  readonly version: number;
  readonly set: Entries;
  readonly del: readonly string[];
}

/** Asks about one channel. */
export interface RosterAsk {
  readonly channel: string;
  /** Whether an answer is waited for, also when there is nothing new to say. */
  readonly always: boolean;
  /** The asking node's own version, 0 while it has nobody. */
  readonly version: number;
  /** Versions it has of others. */
  readonly known: ReadonlyMap<string, number>;
}

/** All a node has in a channel, or one part of it. */
export interface RosterState {
  readonly channel: string;
  readonly version: number;
  /** From 0. */
  readonly part: number;
  readonly parts: number;
  readonly entries: Entries;
  /** Instead of the entries, where there are too many. */
  readonly counts: RosterCounts | undefined;
}

export interface RosterCounts {
  readonly people: number;
  readonly connections: number;
}

export function writeDelta({ channel, base, version, set, del }: RosterDelta): Buffer {
  const writer = begin(channel).u48(base).u48(version);
  writeEntries(writer, set);
  writer.u16(del.length);
  for (const key of del) writeAnyText(writer, key);
  return writer.done();
}

/** @throws {MalformedBytes} */
export function readDelta(payload: Uint8Array): RosterDelta {
  const reader = open(payload);
  const channel = readAnyText(reader, MAX_CHANNEL_LENGTH);
  const base = reader.u48();
  const version = reader.u48();
  const set = readEntries(reader);
  const del: string[] = [];
  for (let count = reader.count(MAX_PEOPLE, KEY_BYTES); count > 0; count--) {
    del.push(readAnyText(reader, MAX_KEY_LENGTH));
  }
  reader.end();
  if (base > version || version === 0) throw new MalformedBytes('A later version is expected');
  return { channel, base, version, set, del };
}

/** @param asks at most as many as `askSize` says fit */
export function writeAsks(asks: readonly RosterAsk[]): Buffer {
  const writer = new ByteWriter().u8(FORMAT).u16(asks.length);
  for (const { channel, always, version, known } of asks) {
    writeAnyText(writer, channel);
    writer
      .u8(always ? 1 : 0)
      .u48(version)
      .u16(known.size);
    for (const [node, at] of known) writer.raw(Buffer.from(node, 'hex')).u48(at);
  }
  return writer.done();
}

/** @throws {MalformedBytes} */
export function readAsks(payload: Uint8Array): RosterAsk[] {
  const reader = open(payload);
  const asks: RosterAsk[] = [];
  for (let count = reader.count(MAX_ITEMS, ITEM_BYTES); count > 0; count--) {
    const channel = readAnyText(reader, MAX_CHANNEL_LENGTH);
    const always = reader.u8() === 1;
    const version = reader.u48();
    const known = new Map<string, number>();
    for (let nodes = reader.count(MAX_KNOWN, KNOWN_BYTES); nodes > 0; nodes--) {
      known.set(reader.raw(NODE_BYTES).toString('hex'), reader.u48());
    }
    asks.push({ channel, always, version, known });
  }
  reader.end();
  return asks;
}

/** Bytes of one ask in a message, at most. */
export function askSize({ channel, known }: RosterAsk): number {
  return ITEM_BYTES + channel.length * 3 + known.size * KNOWN_BYTES;
}

export function writeState(state: RosterState): Buffer {
  const { channel, version, part, parts, entries, counts } = state;
  const writer = begin(channel).u48(version).u16(part).u16(parts);
  if (counts === undefined) writeEntries(writer.u8(0), entries);
  else writer.u8(1).u32(counts.people).u32(counts.connections);
  return writer.done();
}

/** @throws {MalformedBytes} */
export function readState(payload: Uint8Array): RosterState {
  const reader = open(payload);
  const channel = readAnyText(reader, MAX_CHANNEL_LENGTH);
  const version = reader.u48();
  const part = reader.u16();
  const parts = reader.u16();
  const counted = reader.u8() === 1;
  const entries = counted ? new Map<string, RosterEntry>() : readEntries(reader);
  const counts = counted ? { people: reader.u32(), connections: reader.u32() } : undefined;
  reader.end();
  if (part >= parts || parts > MAX_PARTS || version === 0) {
    throw new MalformedBytes('A part of a state is expected');
  }
  return { channel, version, part, parts, entries, counts };
}

function begin(channel: string): ByteWriter {
  const writer = new ByteWriter().u8(FORMAT);
  writeAnyText(writer, channel);
  return writer;
}

function open(payload: Uint8Array): ByteReader {
  const reader = new ByteReader(payload);
  if (reader.u8() !== FORMAT) throw new MalformedBytes(`Format ${FORMAT} is expected`);
  return reader;
}

function writeEntries(writer: ByteWriter, entries: Entries): void {
  writer.u16(entries.size);
  for (const [key, { connections, since, meta }] of entries) {
    writeAnyText(writer, key);
    writer.u32(connections).u48(since).bytes(meta);
  }
}

/** The metadata is copied: the message is lent. */
function readEntries(reader: ByteReader): Map<string, RosterEntry> {
  const entries = new Map<string, RosterEntry>();
  for (let count = reader.count(MAX_PEOPLE, ENTRY_BYTES); count > 0; count--) {
    const key = readAnyText(reader, MAX_KEY_LENGTH);
    const connections = reader.u32();
    const since = reader.u48();
    const meta = Uint8Array.from(reader.bytes(MAX_META));
    if (connections === 0) throw new MalformedBytes('At least one connection is expected');
    entries.set(key, { connections, since, meta });
  }
  return entries;
}
