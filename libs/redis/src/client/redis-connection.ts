/** One word of a command. */
export type Word = string | Buffer;

/** One connection to a server: it never reconnects, never resends and keeps nothing for later. */
export interface RedisConnection {
  /**
   * Commands of one turn leave with one write and are done in order. Bulk replies are buffers.
   * @throws as a rejection, what the server answered with; may never settle once the connection is lost
   */
  command(words: readonly Word[]): Promise<unknown>;
  /** Settles when messages of these channels come to `received` of its listener. */
  subscribe(channels: readonly string[]): Promise<unknown>;
  unsubscribe(channels: readonly string[]): Promise<unknown>;
  /** At once; its listener hears no more. */
  destroy(): void;
}

export interface ConnectionListener {
  received(channel: string, message: Buffer): void;
  /** It has ended by itself. */
  closed(error: Error): void;
}

/**
 * Opens a connection with the client that was chosen.
 * @param name what the server lists it as
 * @throws as a rejection, when the server cannot be reached or does not let us in
 */
export type Connect = (
  listener: ConnectionListener,
  name: string,
  signal: AbortSignal,
) => Promise<RedisConnection>;
