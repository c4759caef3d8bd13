import {
  MalformedBytes,
  type ByteReader,
  type ByteWriter,
  type HistoryBounds,
  type LogEnd,
  type LogNews,
} from '#hub';

/** Longest name of a room, user, channel or epoch, in UTF-16 units. */
export const MAX_NAME = 300;
/** Names in one list. */
const MAX_NAMES = 65_535;

/** The largest whole number that a field of eight bytes holds exactly. */
const MAX_WHOLE = Number.MAX_SAFE_INTEGER;

export function writeNames(writer: ByteWriter, names: readonly string[]): ByteWriter {
  writer.u16(names.length);
  for (const name of names) writer.text(name);
  return writer;
}

/** @throws {MalformedBytes} */
export function readNames(reader: ByteReader): string[] {
  return Array.from({ length: reader.count(MAX_NAMES, 2) }, () => reader.text(MAX_NAME));
}

/** Whole numbers of any size that makes sense: what is more is the largest one. */
export function whole(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(Math.max(0, Math.floor(value)), MAX_WHOLE);
}

export function writeBounds(writer: ByteWriter, bounds: HistoryBounds): ByteWriter {
  const { maxMessages, maxBytes, maxAge } = bounds;
  return writer.u64(whole(maxMessages)).u64(whole(maxBytes)).u64(whole(maxAge));
}

/** @throws {MalformedBytes} */
export function readBounds(reader: ByteReader): HistoryBounds {
  return { maxMessages: reader.u64(), maxBytes: reader.u64(), maxAge: reader.u64() };
}

export function writeEnd(writer: ByteWriter, { epoch, offset }: LogEnd): ByteWriter {
  return writer.text(epoch).u64(offset);
}

/** @throws {MalformedBytes} */
export function readEnd(reader: ByteReader): LogEnd {
  return { epoch: reader.text(MAX_NAME), offset: reader.u64() };
}

export function writeNews(writer: ByteWriter, news: LogNews): ByteWriter {
  return writeEnd(writer, news).u64(news.time).bytes(news.body);
}

/** @throws {MalformedBytes} */
export function readNews(reader: ByteReader): LogNews {
  return { ...readEnd(reader), time: reader.u64(), body: reader.bytes() };
}

/** @throws {MalformedBytes} for anything but 16 hexadecimal digits */
export function checkNode(node: string): string {
  if (/^[0-9a-f]{16}$/.test(node)) return node;
  throw new MalformedBytes('A node id of 16 hexadecimal digits is expected');
}
