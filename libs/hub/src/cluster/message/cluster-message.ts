import { ByteReader, MalformedBytes } from '../../support/byte-reader.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { MessageKind } from '../bus/message-kind.js';
import type { IgnoredReason } from '../bus/ignored-reason.js';
import { SIGNATURE_BYTES, type Seal } from './seal.js';

/** The first two bytes. */
const MAGIC = 0x4e57;
/** Magic, version, kind, flags, node, seq, prev. */
const HEADER_BYTES = 26;
/** Bytes that an address, a header and a signature nearly always fit into. */
const OVERHEAD = 256;
const FLAGS_AT = 4;
const NODE_AT = 6;
const NODE_BYTES = 8;

/** Bytes of the payload of anything but a broadcast, and of an answer. */
const MAX_CONTROL_BYTES = 64 * 1024;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Those of the upper byte are critical: whoever does not know one ignores the message. */
export enum MessageFlag {
  /** It goes to several channels, and says for each which message went there before. */
  Copies = 0x0001,
  /** A signature stands behind it. */
  Signed = 0x0100,
}

const KNOWN_CRITICAL: number = MessageFlag.Signed;
const CRITICAL = 0xff00;

/** What stands before every payload. */
export interface MessageHeader {
  readonly version: number;
  readonly kind: MessageKind;
  readonly flags: number;
  /** Who sent it: 16 hexadecimal digits. */
  readonly node: string;
  /** Of a broadcast its number at its node, from 1; else of the last one. */
  readonly seq: number;
  /** Of a broadcast for one channel, what was sent there before; 0 when that is not known. */
  readonly prev: number;
}

/** A message of another node. */
export interface ClusterMessage extends MessageHeader {
  /** A view of what came. */
  readonly payload: Uint8Array;
}

/** Versions a node speaks, both included. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** What a message is read by. */
export interface MessageReader {
  /** Id of this node. */
  readonly node: string;
  readonly versions: VersionRange;
  readonly seal: Seal | undefined;
  /** Bytes the broker carries. */
  readonly maxMessage: number;
}

/**
 * @param write the payload
 * @param size bytes it will have, nearly
 */
export function encodeMessage(
  header: MessageHeader,
  seal: Seal | undefined,
  write: (writer: ByteWriter) => void,
  size = 0,
): Buffer {
  const writer = new ByteWriter(OVERHEAD + size);
  const flags = header.flags | (seal === undefined ? 0 : MessageFlag.Signed);
  writer.u16(MAGIC).u8(header.version).u8(header.kind).u16(flags);
  writer.raw(nodeBytes(header.node)).u48(header.seq).u48(header.prev);
  write(writer);
  if (seal !== undefined) writer.raw(seal.sign(writer.done()));
  return writer.done();
}

/** The same node writes nearly all messages. */
let lastNode = '';
let lastBytes: Uint8Array = new Uint8Array(0);

function nodeBytes(node: string): Uint8Array {
  if (node !== lastNode) {
    lastNode = node;
    lastBytes = Buffer.from(node, 'hex');
  }
  return lastBytes;
}

/** @returns why it is not used, where it is not; never throws. */
export function parseMessage(
  bytes: Uint8Array,
  { node, versions, seal, maxMessage }: MessageReader,
): ClusterMessage | IgnoredReason {
  const { length } = bytes;
  if (length < HEADER_BYTES || ((bytes[0] ?? 0) << 8) + (bytes[1] ?? 0) !== MAGIC) return 'foreign';
  if (length > maxMessage) return 'too-large';
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  const version = buffer.readUInt8(2);
  if (version < versions.min || version > versions.max) return 'version';
  const flags = buffer.readUInt16BE(FLAGS_AT);
  if ((flags & CRITICAL & ~KNOWN_CRITICAL) !== 0) return 'critical';
  const from = buffer.toString('hex', NODE_AT, NODE_AT + NODE_BYTES);
  if (from === node) return 'own';
  const signed = (flags & MessageFlag.Signed) !== 0;
  if (signed !== (seal !== undefined)) return 'unauthenticated';
  const end = signed ? length - SIGNATURE_BYTES : length;
  if (end < HEADER_BYTES) return 'malformed';
  if (seal?.verify(buffer, end) === false) return 'unauthenticated';
  const kind: MessageKind = buffer.readUInt8(3);
  if (end - HEADER_BYTES > payloadLimit(kind)) return 'too-large';
  return {
    version,
    kind,
    flags,
    node: from,
    seq: buffer.readUIntBE(14, 6),
    prev: buffer.readUIntBE(20, 6),
    payload: buffer.subarray(HEADER_BYTES, end),
  };
}

/** Bytes of the longest payload of a kind; those of a broadcast are limited as a whole. */
export function payloadLimit(kind: MessageKind): number {
  if (kind === MessageKind.Broadcast) return Infinity;
  return kind === MessageKind.Answer ? MAX_ANSWER_BYTES : MAX_CONTROL_BYTES;
}

/** @returns undefined for bytes that are not what they should be. */
export function readPayload<Value>(
  payload: Uint8Array,
  read: (reader: ByteReader) => Value,
): Value | undefined {
  try {
    return read(new ByteReader(payload));
  } catch (error) {
    if (error instanceof MalformedBytes) return undefined;
    throw error;
  }
}
