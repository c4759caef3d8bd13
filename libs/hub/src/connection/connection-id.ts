import { randomFillSync } from 'node:crypto';

/** 128 bits: an id cannot be guessed, and two never meet, on one node or many. */
const ID_BYTES = 16;
// One call into the system's generator for 256 ids: a call costs more than the bytes do.
const pool = Buffer.allocUnsafeSlow(ID_BYTES * 256);
let used = pool.length;

/** 22 characters that are safe in a URL, a header and a log. */
export function connectionId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString('base64url', used, used + ID_BYTES);
  used += ID_BYTES;
  return id;
}
