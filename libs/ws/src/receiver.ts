import { Writable } from 'node:stream';
import type { LimitError, ProtocolError } from '#engine';
import {
  violationOf,
  Protocol,
  toBinaryType,
  wsLimits,
  type BinaryType,
  type ProtocolSink,
} from '#ws';
import { kAgreed, PerMessageDeflate } from './per-message-deflate.js';

/** Options of `Receiver`. */
export interface ReceiverOptions {
  /** Whether several messages may be handed out in one turn; default true. */
  allowSynchronousEvents?: boolean;
  binaryType?: BinaryType;
  /** Agreed on: `PerMessageDeflate` by its name, or none. */
  extensions?: Readonly<Record<string, unknown>>;
  /** Which end it is, for frames of clients are masked; default false. */
  isServer?: boolean;
  maxBufferedChunks?: number;
  maxFragments?: number;
  maxPayload?: number;
  skipUTF8Validation?: boolean;
}

const EMPTY = Buffer.alloc(0);

/**
 * Reads frames that are written to it, for programs that have no WebSocket around them. Events:
 * `message(data, isBinary)`, `ping(data)`, `pong(data)`, `conclude(code, reason)`, and `error` with the
 * `closeCode` to answer.
 */
export class Receiver extends Writable {
  readonly #protocol: Protocol;
  readonly #perTurn: number;
  readonly #binaryType: BinaryType;
  #failure: Error | null = null;

  constructor(options: ReceiverOptions = {}) {
    super();
    const { extensions = {}, allowSynchronousEvents = true, isServer, binaryType } = options;
    const deflate = extensions[PerMessageDeflate.extensionName];
    // Nothing is bounded that was not asked for, as in `ws`.
    const { maxBufferedChunks = 0, maxFragments = 0, maxPayload = 0 } = options;
    const { skipUTF8Validation = false } = options;
    const limits = wsLimits({ maxBufferedChunks, maxFragments, maxPayload, skipUTF8Validation });
    this.#perTurn = allowSynchronousEvents ? limits.maxFramesPerTurn : 1;
    this.#binaryType = binaryType ?? 'nodebuffer';
    this.#protocol = new Protocol(
      isServer ? 'server' : 'client',
      limits,
      this.#sink(),
      deflate instanceof PerMessageDeflate ? deflate[kAgreed].inflater : null,
    );
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    // A copy: it is unmasked where it is.
    const bytes = Buffer.from(chunk);
    this.#protocol.receive(bytes, bytes.length, this.#perTurn);
    this.#goOn(done);
  }

  #goOn(done: (error?: Error | null) => void): void {
    if (this.#failure !== null) done(this.#failure);
    else if (!this.#protocol.pending) done();
    else {
      setImmediate(() => {
        this.#protocol.resume(this.#perTurn);
        this.#goOn(done);
      });
    }
  }

  #sink(): ProtocolSink {
    return {
      textReceived: (payload) => {
        this.emit('message', payload, false);
        return true;
      },
      textInChunk: (chunk, start, end) => {
        this.emit('message', Buffer.from(chunk.subarray(start, end)), false);
      },
      binaryReceived: (payload) => {
        this.emit('message', toBinaryType(payload, this.#binaryType), true);
      },
      // Copies: what they are given is only lent.
      pingReceived: (payload) => void this.emit('ping', Buffer.from(payload)),
      pongReceived: (payload) => void this.emit('pong', Buffer.from(payload)),
      closeReceived: (code, reason) => {
        this.emit('conclude', code, reason === '' ? EMPTY : Buffer.from(reason));
        this.end();
      },
      violated: (error: ProtocolError | LimitError) => {
        this.#failure = violationOf(error);
      },
    };
  }
}
