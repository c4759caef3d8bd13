import type { PreparedMessage } from '../sending/prepared-message.js';
import type { DropRule, SendPolicy } from '../sending/send-policy.js';
import type { SendResult } from '../sending/send-result.js';

/** Life of a connection, numbered as WHATWG's `readyState`. */
export const ReadyState = { Connecting: 0, Open: 1, Closing: 2, Closed: 3 } as const;
export type ReadyState = (typeof ReadyState)[keyof typeof ReadyState];

/**
 * Receives what happens on one connection: fixed methods, no emitter. Payload buffers belong to the
 * listener. A method must not throw: if one of those that hand out messages does, the connection fails
 * with 1011, and the error goes on to the process as an uncaught exception.
 */
export interface TransportListener {
  /**
   * A whole text message, already proven to be valid UTF-8. `ascii` is true when every byte is
   * below 0x80, so that `payload.latin1Slice()` is the cheapest correct decoding.
   */
  onText?(payload: Buffer, ascii: boolean): void;
  /**
   * Instead of `onText`, which is then not called: the same as a string, read straight from where it
   * arrived, without a Buffer in between.
   * @param byteLength of its UTF-8
   */
  onString?(text: string, byteLength: number): void;
  /** A whole binary message. */
  onBinary(payload: Buffer): void;
  /** A ping arrived; the transport answers it, unless `autoPong` is off. */
  onPing(payload: Buffer): void;
  onPong(payload: Buffer): void;
  /**
   * Whether `onPing` is to be called, asked at each ping; default true. One that is not costs no memory,
   * however many a peer sends.
   */
  readonly hearsPings?: boolean;
  /** The same for `onPong`. */
  readonly hearsPongs?: boolean;
  /**
   * Asks for frames instead of messages, when it is there as the listener is set: each frame as it
   * came, unmasked, where text may end in the middle of a character. Control frames are also reported
   * as usual; `onText` and `onBinary` are not called. Such a connection must not use compression.
   */
  onFrame?(fin: boolean, rsv: number, opcode: number, payload: Buffer): void;
  /** The send queue was above its soft mark and is empty again. */
  onDrain(): void;
  /** A policy has dropped messages; those that were waiting, or the one being sent. */
  onDropped?(messages: number, policy: SendPolicy): void;
  /** The connection failed (a WebSocketError) or the socket reported an error. `onClose` follows. */
  onError(error: Error): void;
  /** Called exactly once, last. `wasClean` is true when both Close frames were exchanged. */
  onClose(code: number, reason: string, wasClean: boolean): void;
}

/** One end of one WebSocket connection, as the layers above the engine see it. */
export interface Transport {
  readonly readyState: ReadyState;
  /** Subprotocol agreed in the handshake, '' when none. */
  readonly protocol: string;
  /** Bytes accepted by `send*` that the operating system has not taken yet. */
  readonly bufferedAmount: number;
  /** Milliseconds between the last ping and its pong, -1 before the first. */
  readonly latency: number;
  readonly remoteAddress: string;

  /** Replaces who is told what happens; set before the first byte is parsed. */
  setListener(listener: TransportListener): void;
  /**
   * @param compress false to send as it is, even where compression was agreed on
   * @param rule what may be done to the message while the peer reads too slowly; default nothing:
   *   at the limit the connection closes
   */
  sendText(text: string, compress?: boolean, rule?: DropRule): SendResult;
  /** @param data copied unless it is larger than 64 KiB: then it must not change until it has left */
  sendBinary(data: Uint8Array, compress?: boolean, rule?: DropRule): SendResult;
  /** Sends a message that was encoded and framed once for many receivers. */
  sendPrepared(message: PreparedMessage, rule?: DropRule): SendResult;
  /** Calls back once everything sent so far has left, or with why it never will. */
  afterSent(callback: (error?: Error) => void): void;
  ping(payload?: Uint8Array): SendResult;
  pong(payload?: Uint8Array): SendResult;
  /**
   * Starts the closing handshake (RFC 6455 7.1.2). The socket is destroyed when the peer has not
   * answered within `closeTimeout`.
   * @throws {UsageError} for a code that may not be sent or a reason over 123 bytes of UTF-8.
   */
  close(code?: number, reason?: string): void;
  /** Destroys the socket at once; `onClose(1006)` follows. */
  terminate(): void;
  /** Stops delivering messages, at once, even in the middle of a chunk; the peer is held by TCP. */
  pause(): void;
  resume(): void;
}
