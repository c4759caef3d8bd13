import { randomBytes } from 'node:crypto';

/** Bytes of the token that each chunk begins with: nobody's own message begins with it by chance. */
const TOKEN_BYTES = 16;
const OFFSET_BYTES = 6;
/** Bytes before those of the upload. */
export const CHUNK_HEAD = TOKEN_BYTES + OFFSET_BYTES;

/** As `tokenOf` reads it. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('hex');
}

/** What a binary message begins with; undefined when it is too short to be a chunk. */
export function tokenOf(message: Buffer): string | undefined {
  return message.length < CHUNK_HEAD ? undefined : message.toString('hex', 0, TOKEN_BYTES);
}

/** Where the bytes of a chunk belong, counted from the beginning of the upload. */
export function offsetOf(chunk: Buffer): number {
  return chunk.readUIntBE(TOKEN_BYTES, OFFSET_BYTES);
}
