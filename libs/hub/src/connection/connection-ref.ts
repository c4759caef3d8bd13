import type { SendResult } from '#engine';
import type { SendOptions } from './send-options.js';

/** A connection on whichever node; a `Connection` of this node is one, too. */
export interface ConnectionRef {
  readonly id: string;
  /** Id of the user it belonged to when it was found. */
  readonly userId: string | undefined;
  /** Id of the node it is connected to. */
  readonly node: string;
  /**
   * Sends an event. To another node it is best effort: QUEUED says that it is on its way, CLOSED that
   * this node has no link.
   * @throws {EncodeError} for data a codec cannot carry, {LimitError} for more than 60 KiB of it to
   *   another node
   */
  send(event: string, data?: unknown, options?: SendOptions): SendResult;
  /**
   * Starts the closing handshake, wherever it is.
   * @throws {UsageError} for a code that may not be sent or a reason that is too long
   */
  close(code?: number, reason?: string): void;
}
