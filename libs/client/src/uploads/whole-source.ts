import type { ByteSource } from './byte-source.js';

/** Bytes that are there, and can be read again. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, most) => Promise.resolve(bytes.subarray(offset, offset + most)),
    release() {},
    close() {},
  };
}

/** A file, or another blob: read as it is needed. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (offset, most) =>
      new Uint8Array(await blob.slice(offset, offset + most).arrayBuffer()),
    release() {},
    close() {},
  };
}
