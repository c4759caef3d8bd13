import type { SendPolicy } from '#engine';
import type { SendOptions } from '../../connection/send-options.js';
import type { Address } from '../../rooms/address.js';
import { MalformedBytes, type ByteReader } from '../../support/byte-reader.js';
import type { ByteWriter } from '../../support/byte-writer.js';
import { readParts, writeParts, type EncodedPart } from '../../wire/encoded/encoded-part.js';
import { readTraceContext, type TraceContext } from '../../support/trace-context.js';
import { MAX_CHANNELS, MAX_NAME_LENGTH } from './address-channels.js';

/** Bytes of everything before the parts. */
const MAX_HEAD_BYTES = 64 * 1024;
/** Rooms in an address, and users: what no application names in one call, and the head bounds as well. */
const MAX_NAMES = 1_024;
/** Connections that are left out. */
const MAX_EXCEPT_IDS = 1_000;
const MAX_CONNECTION_ID_LENGTH = 64;
/** UTF-16 units of an event and of the key of `latest`: the application's, without a limit at home. */
export const MAX_SENT_EVENT = 1_024;

/** UTF-16 units of what a trace is known by. */
const MAX_TRACE_TEXT = 512;

enum Option {
  Everyone = 1,
  Volatile = 2,
  Uncompressed = 4,
  Key = 8,
  Trace = 16,
}

/** By number on the wire; never give one a second meaning. */
const POLICIES: readonly (SendPolicy | undefined)[] = [
  undefined,
  'close',
  'drop-new',
  'drop-old',
  'latest',
  'volatile',
];

/** A broadcast as it travels. */
export interface BroadcastPayload {
  readonly address: Address;
  readonly event: string;
  readonly options: SendOptions | undefined;
  /** The trace it belongs to. */
  readonly trace?: TraceContext | undefined;
  /** For each channel of the address, in order, which message went there before; for one channel, none. */
  readonly prevs: readonly number[];
  readonly parts: readonly EncodedPart[];
}

/** @throws {RangeError} for more than may be read again */
export function writeBroadcast(writer: ByteWriter, payload: BroadcastPayload): void {
  const start = writer.length;
  check('rooms', payload.address.rooms.length, MAX_NAMES);
  check('users', payload.address.users.length, MAX_NAMES);
  check('rooms left out', payload.address.exceptRooms.length, MAX_NAMES);
  check('connections left out', payload.address.exceptIds.size, MAX_EXCEPT_IDS);
  check('characters of an event', payload.event.length, MAX_SENT_EVENT);
  check('characters of a key', payload.options?.key?.length ?? 0, MAX_SENT_EVENT);
  writeHead(writer, payload);
  check('bytes of an address', writer.length - start, MAX_HEAD_BYTES);
  writeParts(writer, payload.parts);
}

function check(what: string, value: number, most: number): void {
  if (value <= most) return;
  throw new RangeError(`the limit is ${most} ${what}, current value is ${value}`);
}

/** What stands before the parts. */
function writeHead(
  writer: ByteWriter,
  { address, event, options, trace, prevs }: Omit<BroadcastPayload, 'parts'>,
): void {
  const key = options?.key;
  writer.u8(
    (address.everyone ? Option.Everyone : 0) |
      (options?.volatile === true ? Option.Volatile : 0) |
      (options?.compress === false ? Option.Uncompressed : 0) |
      (key === undefined ? 0 : Option.Key) |
      (trace === undefined ? 0 : Option.Trace),
  );
  writer.u8(POLICIES.indexOf(options?.policy));
  writer.u16(prevs.length);
  for (const prev of prevs) writer.u48(prev);
  writeTexts(writer, address.rooms);
  writeTexts(writer, address.users);
  writeTexts(writer, address.exceptRooms);
  writer.u16(address.exceptIds.size);
  for (const id of address.exceptIds) writer.text(id);
  writer.text(event);
  if (key !== undefined) writer.text(key);
  if (trace !== undefined) writer.text(trace.traceparent).text(trace.tracestate ?? '');
}

/**
 * The bytes of the parts are views of what is read.
 * @throws {MalformedBytes}
 */
export function readBroadcast(reader: ByteReader): BroadcastPayload {
  const start = reader.left;
  const bits = reader.u8();
  const policy = reader.u8();
  if (policy >= POLICIES.length) throw new MalformedBytes('A known policy is expected');
  const prevs: number[] = [];
  for (let count = reader.count(MAX_CHANNELS, 6); count > 0; count--) prevs.push(reader.u48());
  const rooms = readTexts(reader, MAX_NAMES, MAX_NAME_LENGTH);
  const users = readTexts(reader, MAX_NAMES, MAX_NAME_LENGTH);
  const exceptRooms = readTexts(reader, MAX_NAMES, MAX_NAME_LENGTH);
  const exceptIds = new Set(readTexts(reader, MAX_EXCEPT_IDS, MAX_CONNECTION_ID_LENGTH));
  const event = reader.text(MAX_SENT_EVENT);
  const key = (bits & Option.Key) === 0 ? undefined : reader.text(MAX_SENT_EVENT);
  const trace = (bits & Option.Trace) === 0 ? undefined : readTrace(reader);
  if (start - reader.left > MAX_HEAD_BYTES) throw new MalformedBytes('A shorter head is expected');
  const everyone = (bits & Option.Everyone) !== 0;
  const parts = readParts(reader);
  reader.end();
  return {
    address: { rooms, users, everyone, exceptRooms, exceptIds },
    event,
    options: optionsOf(bits, POLICIES[policy], key),
    trace,
    prevs,
    parts,
  };
}

/** A node that writes nonsense begins a trace of its own; its message is as good as any. */
function readTrace(reader: ByteReader): TraceContext | undefined {
  const parent = reader.text(MAX_TRACE_TEXT);
  return readTraceContext(parent, reader.text(MAX_TRACE_TEXT));
}

function optionsOf(
  bits: number,
  policy: SendPolicy | undefined,
  key: string | undefined,
): SendOptions | undefined {
  const volatile = (bits & Option.Volatile) !== 0;
  const compress = (bits & Option.Uncompressed) === 0;
  if (!volatile && compress && policy === undefined && key === undefined) return undefined;
  return { policy, key, volatile, compress };
}

function writeTexts(writer: ByteWriter, texts: readonly string[]): void {
  writer.u16(texts.length);
  for (const text of texts) writer.text(text);
}

function readTexts(reader: ByteReader, most: number, limit: number): string[] {
  const texts: string[] = [];
  for (let count = reader.count(most, 2); count > 0; count--) texts.push(reader.text(limit));
  return texts;
}
