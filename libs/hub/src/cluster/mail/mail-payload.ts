import type { NumberedMail } from '../../broker/broker-mailbox.js';
import { ByteReader, MalformedBytes } from '../../support/byte-reader.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { localTime } from '../../support/local-time.js';

/** First byte. What another version writes differently has another one. */
const FORMAT = 'a'.charCodeAt(0);
/** Bytes a payload may have; longer mail is looked for in the mailbox. */
const MAX_PAYLOAD = 64 * 1024;
/** Bytes before the body. */
const HEADER = 1 + 1 + 8 + 6 + 6 + 4 + 4;
const HIGH = 2 ** 32;
/** The last moment that fits. */
const LATEST = 2 ** 48 - 1;

/** What a node is told: the mail itself, unless it is too long to travel. */
interface MailNewsPayload {
  readonly mail: NumberedMail | undefined;
}

/** @param now of this node: the clock of another may be wrong */
export function packMailNews(
  { number, expiresAt, size, body }: NumberedMail,
  now: number,
): Uint8Array {
  const writer = new ByteWriter(HEADER + body.length).u8(FORMAT);
  if (HEADER + body.length > MAX_PAYLOAD) return writer.u8(0).done();
  return writer
    .u8(1)
    .u32(Math.floor(number / HIGH))
    .u32(number % HIGH)
    .u48(now)
    .u48(Math.min(expiresAt, LATEST))
    .u32(size)
    .bytes(body)
    .done();
}

/**
 * @param now of this node
 * @returns undefined for what another version wrote, or a stranger; the body is a copy
 */
export function unpackMailNews(payload: Uint8Array, now: number): MailNewsPayload | undefined {
  try {
    const reader = new ByteReader(payload);
    if (reader.u8() !== FORMAT) return undefined;
    const carries = reader.u8();
    if (carries === 0) {
      reader.end();
      return { mail: undefined };
    }
    const number = reader.u32() * HIGH + reader.u32();
    const theirs = reader.u48();
    const expiresAt = localTime(reader.u48(), now, theirs);
    const size = reader.u32();
    // Payloads are lent, and the mail may wait for a slow reader.
    const body = Uint8Array.from(reader.bytes(MAX_PAYLOAD));
    reader.end();
    if (carries !== 1 || !Number.isSafeInteger(number) || number === 0) return undefined;
    return { mail: { number, expiresAt, size, body } };
  } catch (error) {
    if (error instanceof MalformedBytes) return undefined;
    throw error;
  }
}
