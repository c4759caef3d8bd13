import type { ByteSource } from './byte-source.js';
import { bytesOf, FlowingSource } from './flowing-source.js';
import { blobSource, bytesSource } from './whole-source.js';

/** @throws {TypeError} for what cannot be uploaded */
export function openSource(source: unknown, size: number | undefined): ByteSource {
  const bytes = bytesOf(source);
  if (bytes !== undefined) return bytesSource(bytes);
  if (isBlob(source)) return blobSource(source);
  const parts = partsOf(source);
  if (parts === undefined) {
    const found = source === null ? 'null' : `of type ${typeof source}`;
    throw new TypeError(
      `Cannot upload: a Blob, bytes, a ReadableStream or an AsyncIterable of bytes is expected, current value is ${found}`,
    );
  }
  return new FlowingSource(parts, size);
}

function isBlob(source: unknown): source is Blob {
  const { size, slice } = (source ?? {}) as Partial<Blob>;
  return typeof size === 'number' && typeof slice === 'function';
}

function partsOf(source: unknown): AsyncIterator<unknown, unknown> | undefined {
  const { getReader, [Symbol.asyncIterator]: iterate } = (source ?? {}) as Partial<
    ReadableStream & AsyncIterable<unknown>
  >;
  if (typeof iterate === 'function') return iterate.call(source as AsyncIterable<unknown>);
  if (typeof getReader !== 'function') return undefined;
  // Not every browser can iterate streams.
  const reader = (source as ReadableStream).getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown, unknown>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
