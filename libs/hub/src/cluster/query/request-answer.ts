import type { ConnectionRef } from '../../connection/connection-ref.js';
import { UNANSWERED, type Unanswered } from '../../connection/request/request-error.js';
import type { RequestResult } from '../../rooms/broadcast-request.js';
import { ByteReader, MalformedBytes } from '../../support/byte-reader.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { encodeEnvelope, type Codec } from '../../wire/codec.js';
import { jsonCodec } from '../../wire/json.codec.js';
import { decodePart, type EncodedPart } from '../../wire/encoded/encoded-part.js';
import type { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import { MAX_ANSWER } from './question.js';

/** Bytes of one client's entry beside its data, at most. */
const MAX_ENTRY = 4_096;
/** Event of the envelopes that answers travel in. */
const EVENT = 'answer';
const MAX_ID = 256;

/** What became of the clients of one node, as it travels; data past 1 MiB is `dropped`. */
export function writeRequestAnswer({ answers, missing }: RequestResult, codec: Codec): Uint8Array {
  const writer = new ByteWriter();
  const lost: ConnectionRef[] = [];
  for (const { connection, data } of answers) {
    const part = encodePart(codec, data);
    if (writer.length + part.bytes.length > MAX_ANSWER - MAX_ENTRY) lost.push(connection);
    else writePart(who(writer, connection, ''), part);
  }
  for (const { connection, reason, data } of missing) {
    const part = data === undefined ? undefined : encodePart(codec, data);
    const fits = part !== undefined && writer.length + part.bytes.length <= MAX_ANSWER - MAX_ENTRY;
    who(writer, connection, reason);
    if (fits) writePart(writer, part);
    else writer.u8(0);
  }
  for (const connection of lost) who(writer, connection, 'dropped').u8(0);
  return writer.done();
}

/**
 * @param refer makes what stands for a connection of that node
 * @throws {MalformedBytes | EncodeError}
 */
export function readRequestAnswer(
  body: Uint8Array,
  codecs: KnownCodecs,
  refer: (id: string, userId: string | undefined) => ConnectionRef,
): Pick<RequestResult, 'answers' | 'missing'> {
  const reader = new ByteReader(body);
  const answers: RequestResult['answers'][number][] = [];
  const missing: RequestResult['missing'][number][] = [];
  while (reader.left > 0) {
    const [id, user, reason] = [reader.text(MAX_ID), reader.text(MAX_ID + 1), reader.text(64)];
    const connection = refer(id, user === '' ? undefined : user.slice(1));
    const data = readPart(reader, codecs);
    if (reason === '') answers.push({ connection, data });
    else if (!isUnanswered(reason)) throw new MalformedBytes('A reason is expected');
    else missing.push(data === undefined ? { connection, reason } : { connection, reason, data });
  }
  return { answers, missing };
}

function who(writer: ByteWriter, { id, userId }: ConnectionRef, reason: string): ByteWriter {
  // A user may have the empty id; none is another thing.
  return writer
    .text(id)
    .text(userId === undefined ? '' : `=${userId}`)
    .text(reason);
}

function encodePart(codec: Codec, data: unknown): EncodedPart {
  const encoded = encodeEnvelope(codec, { event: EVENT, data });
  const text = typeof encoded === 'string';
  return { codec: codec.name, text, bytes: text ? Buffer.from(encoded) : encoded };
}

function writePart(writer: ByteWriter, { codec, text, bytes }: EncodedPart): void {
  writer
    .u8(text ? 1 : 2)
    .text(codec)
    .bytes(bytes);
}

function readPart(reader: ByteReader, codecs: KnownCodecs): unknown {
  const form = reader.u8();
  if (form === 0) return undefined;
  const [name, bytes] = [reader.text(64), reader.bytes()];
  const codec = codecs.get(name) ?? (name === jsonCodec.name ? jsonCodec : undefined);
  if (codec === undefined) throw new MalformedBytes('A known codec is expected');
  return decodePart(codec, { codec: name, text: form === 1, bytes }).data;
}

function isUnanswered(reason: string): reason is Unanswered {
  return UNANSWERED.has(reason);
}
