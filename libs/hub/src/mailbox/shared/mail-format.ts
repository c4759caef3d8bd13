import { UsageError } from '#engine';
import { ByteReader, MalformedBytes } from '../../support/byte-reader.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { readParts, writeParts, type EncodedPart } from '../../wire/encoded/encoded-part.js';
import { MAX_EVENT_LENGTH } from '../../wire/envelope.js';

/** First byte of packed mail. What another version writes differently has another one. */
const FORMAT = 'a'.charCodeAt(0);
const ACKNOWLEDGED = 1;

/** Mail as it travels and is kept. */
interface PackedMail {
  readonly event: string;
  readonly acknowledged: boolean;
  /** One for each codec; at least one. */
  readonly parts: readonly EncodedPart[];
}

/** @throws {UsageError} for an event of over 128 characters. */
export function packMail({ event, acknowledged, parts }: PackedMail): Uint8Array {
  if (event.length > MAX_EVENT_LENGTH) {
    throw new UsageError(
      `Cannot send mail: event of at most ${MAX_EVENT_LENGTH} characters is expected, current value has ${event.length}`,
    );
  }
  const writer = new ByteWriter()
    .u8(FORMAT)
    .u8(acknowledged ? ACKNOWLEDGED : 0)
    .text(event);
  writeParts(writer, parts);
  return writer.done();
}

/** @returns undefined for what another version wrote, or a stranger; parts are views of `body` */
export function unpackMail(body: Uint8Array): PackedMail | undefined {
  try {
    const reader = new ByteReader(body);
    if (reader.u8() !== FORMAT) return undefined;
    const flags = reader.u8();
    if (flags > ACKNOWLEDGED) return undefined;
    const event = reader.text(MAX_EVENT_LENGTH);
    const parts = readParts(reader);
    reader.end();
    return parts.length === 0 ? undefined : { event, acknowledged: flags === ACKNOWLEDGED, parts };
  } catch (error) {
    if (error instanceof MalformedBytes) return undefined;
    throw error;
  }
}
