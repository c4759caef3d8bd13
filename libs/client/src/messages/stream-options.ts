/** How a stream is read. */
export interface StreamOptions<D, T> {
  readonly signal?: AbortSignal | undefined;
  /**
   * Asks again after a reconnect, instead of ending with DISCONNECTED: true with the same data, a
   * function with what it makes of the last item.
   */
  readonly resume?: boolean | ((last: T | undefined) => D) | undefined;
}
