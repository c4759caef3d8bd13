import type { CloseInfo, Connection } from '../connection/connection.js';
import type { ErrorReply } from '../wire/error-reply.js';

/** What a gateway path does around its messages. Every hook may throw or reject: nothing escapes. */
export interface GatewayHooks {
  /**
   * Runs once the handshake is accepted and is awaited before any message is dispatched. A throw
   * sends an exception frame and closes: 1011 for what the server did not expect, else 1008.
   */
  connect?(connection: Connection): unknown;
  /**
   * Runs exactly once for each connection that got as far as `connect`, after that has settled, even
   * if it threw or the client left in the middle of it.
   */
  disconnect?(connection: Connection, info: CloseInfo): unknown;
  /** What the client is told about an error; default `errorReply`. */
  error?(error: unknown, connection: Connection): ErrorReply;
}

/** Where an error came up that nobody expected, or that a transport reported. */
export interface ErrorContext {
  readonly phase: 'connect' | 'disconnect' | 'message' | 'stream' | 'transport';
  /** Undefined when the connection had closed and was let go before the error came. */
  readonly connection: Connection | undefined;
  /** The event being handled, in the phases `message` and `stream`. */
  readonly event?: string | undefined;
}

export type ErrorReporter = (error: unknown, context: ErrorContext) => void;
