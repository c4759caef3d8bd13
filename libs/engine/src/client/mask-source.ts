import type { MaskSource } from '../sending/message-sender.js';

/** Masking keys that the application writes into a buffer of four bytes. */
export function maskSourceOf(generateMask: (mask: Buffer) => void): MaskSource {
  const key = Buffer.alloc(4);
  return () => {
    generateMask(key);
    return key.readInt32LE(0);
  };
}
