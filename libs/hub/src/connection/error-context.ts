import type { Connection } from './connection.js';

/** Where an error came up that nobody expected, or that a transport reported. */
export interface ErrorContext {
  readonly phase:
    | 'connect'
    | 'disconnect'
    | 'error'
    | 'ping'
    | 'pong'
    | 'drain'
    | 'message'
    | 'stream'
    | 'transport';
  /** Undefined when the connection had closed and was let go before the error came. */
  readonly connection: Connection | undefined;
  /** The event being handled, in the phases `message` and `stream`. */
  readonly event?: string | undefined;
}

/** Told of such an error. */
export type ErrorReporter = (error: unknown, context: ErrorContext) => void;
