import { ByteReader, ByteWriter } from '#hub';

/** Format of the index; another letter is another format. */
const FORMAT = 'A'.charCodeAt(0);
const MAX_MAILS = 65_535;

/** What waits for a user, without the bodies. */
export interface IndexedMail {
  readonly number: number;
  readonly expiresAt: number;
  readonly size: number;
  /** Of its body in the stream. */
  readonly seq: number;
}

export interface MailIndex {
  /** The newest number there ever was. */
  readonly last: number;
  readonly mails: readonly IndexedMail[];
}

export const EMPTY_INDEX: MailIndex = { last: 0, mails: [] };

export function writeIndex({ last, mails }: MailIndex): Uint8Array {
  const writer = new ByteWriter().u8(FORMAT).u64(last).u16(mails.length);
  for (const { number, expiresAt, size, seq } of mails) {
    writer.u64(number).u64(expiresAt).u64(size).u64(seq);
  }
  return writer.done();
}

/** @returns undefined for what is no index of this format */
export function readIndex(bytes: Uint8Array): MailIndex | undefined {
  try {
    return read(new ByteReader(bytes));
  } catch {
    return undefined;
  }
}

function read(reader: ByteReader): MailIndex | undefined {
  if (reader.u8() !== FORMAT) return undefined;
  const last = reader.u64();
  const mails = Array.from({ length: reader.count(MAX_MAILS, 32) }, () => ({
    number: reader.u64(),
    expiresAt: reader.u64(),
    size: reader.u64(),
    seq: reader.u64(),
  }));
  return { last, mails };
}
