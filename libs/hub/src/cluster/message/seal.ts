import { createHmac, timingSafeEqual } from 'node:crypto';

/** Of HMAC-SHA256. */
export const SIGNATURE_BYTES = 32;

/**
 * Signs messages with a secret that all nodes share (RFC 2104, SHA-256), so that whoever may only publish
 * at the broker cannot speak as one of them. It hides nothing.
 */
export class Seal {
  readonly #secret: string | Uint8Array;

  constructor(secret: string | Uint8Array) {
    this.#secret = secret;
  }

  /** @param context where it belongs, which is signed with it and not sent */
  sign(message: Uint8Array, context?: Uint8Array): Buffer {
    const hmac = createHmac('sha256', this.#secret);
    if (context !== undefined) hmac.update(context);
    return hmac.update(message).digest();
  }

  /** Whether the bytes from `end` on are the signature of those before. */
  verify(signed: Uint8Array, end: number, context?: Uint8Array): boolean {
    const signature = signed.subarray(end);
    if (signature.length !== SIGNATURE_BYTES) return false;
    return timingSafeEqual(signature, this.sign(signed.subarray(0, end), context));
  }
}
