import type { Connection } from '../connection/connection.js';
import type { CloseInfo } from '../connection/state/connection-end.js';
import type { ErrorDescriber } from '../dispatch/reply-writer.js';

/** What an application does around its messages. Every hook may throw or reject: nothing escapes. */
export interface EndpointHooks extends ErrorDescriber {
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
  /**
   * What the transport reported: the peer broke the protocol or a limit, or the socket failed. Runs
   * at once, also while `connect` has not settled, and before `disconnect`, which does not wait for it.
   */
  error?(connection: Connection, error: Error): unknown;
  /**
   * A ping frame came and was answered. While the hook is at work for a connection, further pings of
   * that one are left out: how many there are is the peer's choice.
   */
  ping?(connection: Connection, payload: Buffer): unknown;
  /** A pong frame came; else like `ping`. */
  pong?(connection: Connection, payload: Buffer): unknown;
  /**
   * The send queue was above its soft mark and is empty again. While the hook is at work for a
   * connection, further times are remembered as one and run after it, so that none is missed.
   */
  drain?(connection: Connection): unknown;
}

/** The hooks that may run any number of times, between `connect` and the beginning of the close. */
export type RecurringHook = 'ping' | 'pong' | 'drain';
