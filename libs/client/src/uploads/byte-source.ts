/** Where the bytes of an upload come from. */
export interface ByteSource {
  /** Undefined where nobody knows. */
  readonly size: number | undefined;
  /**
   * Bytes from there on, at least one and at most `most`; none at the end.
   * @throws {ClientError} NOT_RESUMABLE for what was released and cannot be read again
   */
  read(offset: number, most: number): Promise<Uint8Array>;
  /** Nobody asks for what is before that any more, unless the upload begins anew. */
  release(offset: number): void;
  /** Nothing is read any more. */
  close(): void;
}
