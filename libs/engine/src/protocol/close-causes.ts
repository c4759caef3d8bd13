import { CloseCode } from './close-code.js';

/** A cause for which this package closes a connection. docs/wire.md lists all of them. */
export interface CloseCause {
  readonly code: number;
  /**
   * The reason in the Close frame, which carries the first 123 bytes of it. A function where it says
   * what was found.
   */
  readonly reason: string | ((...found: never[]) => string);
  /** What has happened, as the documentation says it. */
  readonly when: string;
}

/** What the engine closes connections for. Those above it have tables of their own. */
export const CloseCauses = {
  Idle: {
    code: CloseCode.GoingAway,
    reason: 'Idle for too long',
    when: 'nothing came for `idleTimeout`',
  },
  Lifetime: {
    code: CloseCode.GoingAway,
    reason: 'Maximum lifetime reached',
    when: 'the connection reached `maxLifetime`',
  },
  BrokenRule: {
    code: CloseCode.ProtocolError,
    reason: (what: string) => `Invalid WebSocket frame: ${what}`,
    when: 'the peer broke RFC 6455 or RFC 7692',
  },
  /** No Close frame, for nobody is there. */
  PeerLost: {
    code: CloseCode.Abnormal,
    reason: 'no pong within the time allowed',
    when: 'no pong came within `pongTimeout`: the connection ends without a Close frame',
  },
  InvalidUtf8: {
    code: CloseCode.InvalidPayload,
    reason: 'Invalid WebSocket frame: invalid UTF-8 sequence',
    when: 'a text or a close reason was not UTF-8',
  },
  CorruptMessage: {
    code: CloseCode.InvalidPayload,
    reason: 'Invalid WebSocket frame: invalid compressed data',
    when: 'a compressed message could not be inflated',
  },
  TooManyParts: {
    code: CloseCode.PolicyViolation,
    reason: (what: 'message fragments' | 'buffered chunks') => `Too many ${what}`,
    when: 'a message came in more than `maxFragments` fragments or `maxBufferedChunks` chunks',
  },
  TooManyPongs: {
    code: CloseCode.PolicyViolation,
    reason: (found: number, allowed: number) =>
      `Too many pending pongs: current value is ${found}, allowed are ${allowed}`,
    when: 'more than `maxPendingAutoPongs` pongs wait for a peer that sends pings and does not read',
  },
  MessageTooBig: {
    code: CloseCode.MessageTooBig,
    reason: 'Max payload size exceeded',
    when: 'a message was larger than `maxPayload`',
  },
  FrameTooBig: {
    code: CloseCode.MessageTooBig,
    reason: (length: number, allowed: number) =>
      `Frame too big: it has ${length} bytes, allowed are ${allowed}`,
    when: 'a frame was larger than `maxFrame`',
  },
  LengthTooBig: {
    code: CloseCode.MessageTooBig,
    reason: 'Unsupported WebSocket frame: payload length > 2^53 - 1',
    when: 'a frame claimed more than 2^53 - 1 bytes',
  },
  ListenerFailed: {
    code: CloseCode.InternalError,
    reason: 'Internal error',
    when: 'a listener of the engine threw',
  },
  /** The socket is destroyed, for a Close frame would wait behind the rest. */
  NotReading: {
    code: CloseCode.TryAgainLater,
    reason: 'the peer does not read',
    when: 'the peer read nothing for `sendStallTimeout`: the connection ends without a Close frame',
  },
  QueueFull: {
    code: CloseCode.TryAgainLater,
    reason: (bytes: number, messages: number, maxBytes: number, maxMessages: number) =>
      `Cannot queue more: ${bytes} bytes in ${messages} messages wait, allowed are ${maxBytes} bytes and ${maxMessages} messages`,
    when: 'the peer reads too slowly: `sendHardLimit` or `maxQueuedMessages` was reached',
  },
  SendBudget: {
    code: CloseCode.TryAgainLater,
    reason: (bytes: number, allowed: number) =>
      `Cannot queue more: ${bytes} bytes wait, all connections together may hold ${allowed}`,
    when: 'what waits for all peers together is too much, and most of it waits for this one',
  },
  ReceiveBudget: {
    code: CloseCode.TryAgainLater,
    reason: (bytes: number, allowed: number) =>
      `Cannot receive more: ${bytes} bytes of a message are held, all connections together may hold ${allowed}`,
    when: 'the unfinished messages of all peers together are too much, and the largest is of this one',
  },
} as const satisfies Record<string, CloseCause>;
