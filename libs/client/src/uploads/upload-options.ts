/** What is uploaded. Of the first two kinds an upload can begin anew, whatever has become of the server. */
export type UploadSource =
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | ReadableStream<Uint8Array>
  | AsyncIterable<ArrayBuffer | ArrayBufferView>;

/** How far an upload has come. */
export interface UploadProgress {
  /** Bytes that the server has. */
  readonly sent: number;
  /** Undefined where nobody knows. */
  readonly total: number | undefined;
}

/** How something is uploaded. */
export interface UploadOptions {
  /** Told of each step; never goes back, unless the upload begins anew. */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
  /** Gives up when it aborts, and tells the server. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for all of it; default any time. */
  readonly timeout?: number | undefined;
  /** Bytes of one message at most; default what the server takes, 64 KiB. */
  readonly chunkSize?: number | undefined;
  /** Bytes of a stream or an iterable, where they are known: the server refuses what is too large at once. */
  readonly size?: number | undefined;
}
