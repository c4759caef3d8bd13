import type { Connection } from '../connection/connection.js';
import type { Envelope } from '../wire/envelope.js';
import type { ReplyWriter } from './reply-writer.js';

/**
 * What a client says about something under way: it ends it, or answers it. A command acts at once, past
 * the lanes, for a handler may be waiting for just this; also while a connection takes no more messages.
 */
export interface Command {
  /** Begins with `$`. */
  readonly event: string;
  /**
   * Throws nothing: what the client did wrong is answered through `writer`.
   * @param bytes of the message, before it was decoded
   */
  run(connection: Connection, message: Envelope, writer: ReplyWriter, bytes: number): void;
}
