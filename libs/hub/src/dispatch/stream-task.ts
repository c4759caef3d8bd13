import { SendResult } from '#engine';
import type { Connection } from '../connection/connection.js';
import type { Envelope } from '../wire/envelope.js';
import type { ErrorReporter } from '../connection/error-context.js';
import type { FrameTurn } from './frame-turn.js';
import { isAbort, type ReplyWriter } from './reply-writer.js';
import type { Task } from './task.js';

/** What a stream needs to answer its request. */
export interface StreamContext {
  readonly connection: Connection;
  readonly request: Envelope;
  readonly writer: ReplyWriter;
  readonly report: ErrorReporter;
  /** The handler's, when it asked for a signal; aborted on cancel and close. */
  readonly controller: AbortController | undefined;
  /** Bytes in the send queue above which a source that can wait does. */
  readonly softMark: number;
  /** Shared by all streams of the connection. */
  readonly turn: FrameTurn;
  /** Told once, when the stream has ended in whatever way. */
  ended(task: Task): void;
}

/**
 * An answer in many frames. It ends once: by completing, by an error, by a cancel, or by the close;
 * what the source does after that is ignored.
 */
export abstract class StreamTask implements Task {
  readonly streaming = true;
  protected readonly context: StreamContext;
  #open = true;

  constructor(context: StreamContext) {
    this.context = context;
  }

  get id(): string | number | undefined {
    return this.context.request.id;
  }

  protected get open(): boolean {
    return this.#open;
  }

  /** Starts reading the source; never throws. */
  abstract start(): void;

  cancel(): void {
    if (!this.#end()) return;
    this.#stop();
    this.context.writer.complete(this.context.connection, this.context.request);
  }

  abandon(): void {
    if (this.#end()) this.#stop();
  }

  drained(): void {}

  /** Tells the source that nobody listens any more; what it throws is reported. */
  protected abstract stopSource(): void;

  protected emit(value: unknown): void {
    if (!this.#open) return;
    const { writer, connection, request } = this.context;
    try {
      // Nothing gets through any more, although the connection may take seconds to close.
      if (writer.item(connection, request, value) === SendResult.Closed) this.abandon();
    } catch (error) {
      // Not the source's fault, so it is still running.
      if (!this.#end()) return;
      this.#stop();
      writer.fail(connection, request, error, 'stream');
    }
  }

  protected complete(): void {
    if (this.#end()) this.context.writer.complete(this.context.connection, this.context.request);
  }

  protected fail(error: unknown): void {
    if (!this.#end()) return;
    const { writer, connection, request } = this.context;
    writer.fail(connection, request, error, 'stream');
  }

  protected report(error: unknown): void {
    if (isAbort(error)) return;
    const { connection, request, report } = this.context;
    report(error, { phase: 'stream', connection, event: request.event });
  }

  #end(): boolean {
    if (!this.#open) return false;
    this.#open = false;
    this.context.ended(this);
    return true;
  }

  #stop(): void {
    this.context.controller?.abort();
    try {
      this.stopSource();
    } catch (error) {
      this.report(error);
    }
  }
}
