import type { ByteReader } from '../../support/byte-reader.js';
import type { ByteWriter } from '../../support/byte-writer.js';
import type { NodeInfo } from '../bus/cluster-bus.js';
import type { VersionRange } from '../message/cluster-message.js';

const MAX_NODE_NAME_LENGTH = 256;
const MAX_CODECS = 16;
const MAX_CODEC_NAME_LENGTH = 64;

/** What a node says about itself. */
export interface Heartbeat extends Omit<NodeInfo, 'id'> {
  readonly versions: VersionRange;
}

export function writeHeartbeat(writer: ByteWriter, beat: Heartbeat): void {
  writer.u8(beat.versions.min).u8(beat.versions.max);
  writer.text(beat.name.slice(0, MAX_NODE_NAME_LENGTH)).u48(beat.startedAt);
  writer.u32(beat.connections).u32(beat.users).u32(beat.rooms);
  const codecs = beat.codecs.slice(0, MAX_CODECS);
  writer.u16(codecs.length);
  for (const codec of codecs) writer.text(codec.slice(0, MAX_CODEC_NAME_LENGTH));
}

/** What a later version has put behind it is not read. @throws {MalformedBytes} */
export function readHeartbeat(reader: ByteReader): Heartbeat {
  const versions = { min: reader.u8(), max: reader.u8() };
  const name = reader.text(MAX_NODE_NAME_LENGTH);
  const startedAt = reader.u48();
  const connections = reader.u32();
  const users = reader.u32();
  const rooms = reader.u32();
  const codecs: string[] = [];
  for (let count = reader.count(MAX_CODECS, 2); count > 0; count--) {
    codecs.push(reader.text(MAX_CODEC_NAME_LENGTH));
  }
  return { versions, name, startedAt, connections, users, rooms, codecs };
}
