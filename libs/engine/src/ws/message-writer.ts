import { UsageError, WebSocketError } from '../protocol/errors.js';
import { FIN } from '../protocol/frame-header.js';
import { Opcode } from '../protocol/opcode.js';
import { Utf8Validator, isValidUtf8 } from '../bytes/utf8.js';
import type { SendCallback } from '../sending/send-waiters.js';
import type { SocketTransport } from '../transport/socket-transport.js';
import { ReadyState } from '../transport/transport.js';
import { byteLength, toBytes, type MessageData } from './message-data.js';
import { SendSequence } from './send-sequence.js';
import { named } from './shape/error-names.js';

/** How one message is sent by `WebSocket.send`. */
export interface SendOptions {
  /** Send as a binary message; default whether `data` is anything but a string. */
  binary?: boolean | undefined;
  /** Compress it when compression was agreed on and it is worth it; default true. */
  compress?: boolean | undefined;
  /** Whether this is the last fragment of the message; default true. */
  fin?: boolean | undefined;
  /** Taken for the sake of `ws` and without effect: RFC 6455 5.1 says who masks. */
  mask?: boolean | undefined;
}

/** Told what cannot be sent after all. */
export interface WriterOwner {
  /**
   * The connection closed before these bytes had their turn.
   * @param error for the callback; default that it is not open
   */
  refuseSend(bytes: number, callback: SendCallback | undefined, error?: Error): void;
  /** A Blob could not be read, so that its message is missing. */
  blobFailed(error: Error): void;
}

/**
 * Everything beyond a plain text message: options, fragments, Blobs, and a close behind them. A
 * connection gets one when it first sends something of the kind.
 */
export class MessageWriter {
  private fragmenting = false;
  // Of a text that is sent in fragments.
  private text: Utf8Validator | null = null;
  // What waits for a Blob, and the close that waits behind it.
  private sequence: SendSequence | null = null;
  private closing: { code: number | undefined; reason: Uint8Array } | null = null;

  constructor(
    private readonly transport: SocketTransport,
    private readonly owner: WriterOwner,
  ) {}

  /** Payload bytes that wait for a Blob to be read. */
  get waitingBytes(): number {
    return this.sequence === null ? 0 : this.sequence.bytes;
  }

  /** Whether a close waits for a Blob to be read. */
  get isClosing(): boolean {
    return this.closing !== null;
  }

  /** Whether a text message can be sent past this object. */
  get isIdle(): boolean {
    return this.sequence === null && !this.fragmenting;
  }

  send(
    data: MessageData,
    options: SendOptions | null | undefined,
    callback: SendCallback | undefined,
  ): void {
    // Most messages: nothing to wait for, so nothing to remember either.
    if (this.sequence === null && !(data instanceof Blob)) this.write(data, options, callback);
    else this.inOrder(data, callback, (bytes) => this.write(bytes ?? data, options, callback));
  }

  sendControl(kind: 'ping' | 'pong', data: MessageData, callback: SendCallback | undefined): void {
    this.inOrder(data, callback, (bytes) => {
      this.transport[kind](bytes ?? toBytes(data));
      if (callback !== undefined) this.transport.afterSent(callback);
    });
  }

  close(code: number | undefined, reason: Uint8Array): void {
    if (this.sequence === null) this.transport.close(code, reason);
    else this.closing = { code, reason };
  }

  private write(
    data: MessageData,
    options: SendOptions | null | undefined,
    callback: SendCallback | undefined,
  ): void {
    const fin = options?.fin !== false;
    const binary = options?.binary ?? typeof data !== 'string';
    const bytes = toBytes(data);
    const start = binary ? Opcode.Binary : Opcode.Text;
    if (!this.fragmenting && fin) {
      if (!binary && typeof data !== 'string') assertText(isValidUtf8(bytes));
      this.transport.sendMessage(start, bytes, options?.compress !== false);
    } else {
      this.writeFragment(start, bytes, fin);
    }
    if (callback !== undefined) this.transport.afterSent(callback);
  }

  /** Fragments go uncompressed, which RFC 7692 6.1 leaves to the sender. */
  private writeFragment(start: number, bytes: Buffer, fin: boolean): void {
    if (!this.fragmenting && start === Opcode.Text) this.text = new Utf8Validator();
    if (this.text !== null) {
      assertText(this.text.push(bytes) && (!fin || this.text.end()));
      if (fin) this.text = null;
    }
    const opcode = this.fragmenting ? Opcode.Continuation : start;
    this.transport.sendFrame((fin ? FIN : 0) | opcode, bytes);
    this.fragmenting = !fin;
  }

  /** Sends at once, unless `data` is a Blob or stands behind one. */
  private inOrder(
    data: MessageData,
    callback: SendCallback | undefined,
    send: (bytes: Buffer | null) => void,
  ): void {
    const blob = data instanceof Blob ? data : null;
    if (blob === null && this.sequence === null) {
      send(null);
      return;
    }
    const size = byteLength(data);
    this.sequence ??= new SendSequence(() => this.sequenceEmptied());
    this.sequence.add({
      size,
      blob,
      send: (bytes) => {
        // Its turn may come when the connection is gone.
        if (this.transport.readyState !== ReadyState.Open) {
          this.owner.refuseSend(size, callback, closedMeanwhile());
          return;
        }
        try {
          send(bytes);
        } catch (error) {
          // Who called `send` is past catching it.
          if (callback === undefined) throw error;
          callback(error as Error);
        }
      },
      failed: (error) => {
        callback?.(error);
        this.owner.blobFailed(error);
      },
    });
  }

  private sequenceEmptied(): void {
    const { closing } = this;
    this.sequence = null;
    this.closing = null;
    if (closing !== null) this.transport.close(closing.code, closing.reason);
  }
}

function closedMeanwhile(): Error {
  const problem = 'The socket was closed while the blob was being read';
  return named(new WebSocketError(problem, 'WS_ERR_NOT_OPEN'));
}

/** RFC 6455 5.6: what is sent as text must be UTF-8, whole characters only at its end. */
function assertText(valid: boolean): void {
  if (valid) return;
  throw new UsageError('Cannot send as text: the bytes are not valid UTF-8', 'WS_ERR_INVALID_UTF8');
}
