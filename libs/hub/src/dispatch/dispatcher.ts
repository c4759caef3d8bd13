import { ReadyState } from '#engine';
import type { Answers } from '../answers/answers.js';
import type { Connection } from '../connection/connection.js';
import { Phase } from '../connection/state/phase.js';
import { isReserved, type Envelope } from '../wire/envelope.js';
import { ErrorCode } from '../wire/error-code.js';
import { errorReply, type ErrorReply } from '../wire/error-reply.js';
import type { ErrorReporter } from '../connection/error-context.js';
import { beginHandling, type MessageHandling } from '../diagnostics/message-handling.js';
import { cancelled, PASSING, streamWithKey, timedOut } from './call-errors.js';
import type { Command } from './command.js';
import type { LaneLimits } from './lane-options.js';
import type { MessageHandler, MessageRouter } from './message-router.js';
import { PendingTask, type PendingHost } from './pending-task.js';
import { BinaryRequest, isAbort, type ReplyWriter } from './reply-writer.js';
import { isStream, releaseStream, type StreamSource } from './stream-source.js';
import { streamTask, tooManyStreams } from './streams.js';
import { uploadExpected, uploadRefused, type Uploads } from '../uploads/uploads.js';
import { isThenable } from '../support/thenable.js';
import { Workload } from './workload.js';
import { unknownEvent } from '../wire/unknown-event.js';
import { kAround, kEnd, kEnter } from '../support/own-names.js';
import { kCore } from '../connection/connection-core.js';

interface DispatcherOptions {
  readonly router: MessageRouter;
  /** Gets binary messages past the codec; without it they are the codec's to decode or refuse. */
  readonly onBinary: MessageHandler | undefined;
  /** Handlers of events that begin with `$`, which the router never has. */
  readonly own?: ReadonlyMap<string, MessageHandler> | undefined;
  /** What acts at once, by its event; also for connections that are held. */
  readonly commands: ReadonlyMap<string, Command>;
  /** Without it no handler takes any. */
  readonly uploads?: Uploads | undefined;
  /** Bytes of the longest message. */
  readonly maxMessage: number;
  /** Of calls with a key; without it they are like others. */
  readonly answers?: Answers | undefined;
  readonly writer: ReplyWriter;
  readonly report: ErrorReporter;
  readonly lane: LaneLimits;
  readonly maxStreams: number;
  readonly softMark: number;
}

/**
 * From a message to its answer: decode, find the handler, keep the order, run it, write what it
 * returns. A synchronous handler on an idle connection makes no promise, no closure and no object
 * here beyond the decoded envelope and the answer's.
 */
export class Dispatcher implements PendingHost {
  readonly #options: DispatcherOptions;
  readonly #router: MessageRouter;
  readonly #writer: ReplyWriter;
  readonly #start = (connection: Connection, handler: MessageHandler, message: Envelope): boolean =>
    this.#run(connection, handler, message);

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#router = options.router;
    this.#writer = options.writer;
  }

  /** @param bytes length of the text in UTF-8 */
  onText(connection: Connection, text: string, bytes: number): void {
    this.#decode(connection, text, bytes);
  }

  onBinary(connection: Connection, payload: Buffer): void {
    const handler = this.#options.onBinary;
    if (handler === undefined || connection[kCore].codec.binary === true)
      this.#decode(connection, payload, payload.length);
    else {
      const request = new BinaryRequest(handler.event, payload);
      this.#submit(connection, handler, request, payload.length);
    }
  }

  /** Nothing is accepted any more, and nothing answered but what is under way. */
  onHeld(connection: Connection, payload: string | Buffer): void {
    // With a codec of text, bytes are the application's own.
    if (typeof payload !== 'string' && connection[kCore].codec.binary !== true) return;
    let message: Envelope;
    try {
      message = connection[kCore].codec.decode(payload);
    } catch {
      return;
    }
    this.#takesUp(connection, message, Buffer.byteLength(payload));
  }

  onDrain(connection: Connection): void {
    connection[kCore].work?.drained();
  }

  settled(task: PendingTask, connection: Connection, request: Envelope, value: unknown): void {
    const work = this.#workOf(connection);
    let told: ErrorReply | undefined;
    work.remove(task);
    try {
      // Cancelled before it came to streaming: the source is not started, the client is told the end.
      if (task.cancelled && isStream(value)) {
        this.#release(value, request.event);
        this.#writer.complete(connection, request);
      } else told = this.#answer(connection, request, value, task.controller);
    } catch (error) {
      told = this.#writer.fail(connection, request, error);
    }
    end(task.handling, told, task.cancelled);
    work.finished(task.handler);
  }

  failed(task: PendingTask, connection: Connection, request: Envelope, error: unknown): void {
    const work = this.#workOf(connection);
    work.remove(task);
    const stopped = task.cancelled && isAbort(error);
    const told = this.#writer.fail(connection, request, stopped ? cancelled() : error);
    end(task.handling, told, stopped);
    work.finished(task.handler);
  }

  timedOut(task: PendingTask, connection: Connection, request: Envelope): void {
    const work = this.#workOf(connection);
    const error = timedOut(task.handler.timeout);
    work.remove(task);
    const told = this.#writer.fail(connection, request, error);
    task.handling?.[kEnd]('timed_out', told.code);
    // The reason, so that what was given the signal fails with an error that is no news either.
    task.controller?.abort(error);
    work.finished(task.handler);
  }

  settledLate(value: unknown, event: string): void {
    if (isStream(value)) this.#release(value, event);
  }

  failedLate(error: unknown, event: string): void {
    if (isAbort(error) || errorReply(error).code !== ErrorCode.InternalError) return;
    this.#options.report(error, { phase: 'message', connection: undefined, event });
  }

  #decode(connection: Connection, payload: string | Buffer, bytes: number): void {
    let message: Envelope;
    try {
      message = connection[kCore].codec.decode(payload);
    } catch (error) {
      this.#writer.fail(connection, undefined, error);
      return;
    }
    const handler = this.#router.get(message.event) ?? this.#options.own?.get(message.event);
    if (handler !== undefined) this.#submit(connection, handler, message, bytes);
    else if (!this.#takesUp(connection, message, bytes)) {
      this.#writer.fail(connection, message, unknownEvent());
    }
  }

  /** @returns whether the message is about something under way, which then has it */
  #takesUp(connection: Connection, message: Envelope, bytes: number): boolean {
    const command = this.#options.commands.get(message.event);
    command?.run(connection, message, this.#writer, bytes);
    return command !== undefined;
  }

  #submit(connection: Connection, found: MessageHandler, message: Envelope, bytes: number): void {
    const handler = found.choose === undefined ? found : found.choose(connection, message);
    if (handler === undefined) {
      this.#writer.fail(connection, message, unknownEvent());
      return;
    }
    const lane =
      handler.concurrency === undefined
        ? Workload.of(connection)?.lane
        : this.#workOf(connection).laneOf(handler);
    if (lane !== undefined && !lane.idle) lane.push({ handler, message, bytes });
    else if (!this.#run(connection, handler, message)) {
      (lane ?? this.#workOf(connection).lane).occupy();
    }
  }

  /** @returns whether the handler has finished; a stream it started has left the lane by then. */
  #run(connection: Connection, handler: MessageHandler, message: Envelope): boolean {
    const { event } = handler;
    const handling = beginHandling(connection, event, message);
    if (handling === undefined) return this.#call(connection, handler, message);
    // No closures where only the end is listened to.
    if (!handling[kAround]) return this.#call(connection, handler, message, handling);
    return handling[kEnter](
      () => this.#call(connection, handler, message, handling),
      (error) => this.#options.report(error, { phase: 'message', connection, event }),
    );
  }

  #call(
    connection: Connection,
    handler: MessageHandler,
    message: Envelope,
    handling?: MessageHandling,
  ): boolean {
    const isUpload = message.upload !== undefined;
    const wantsSignal = handler.wantsSignal === true || isUpload;
    const controller = wantsSignal ? new AbortController() : undefined;
    try {
      const result =
        message.key === undefined
          ? this.#handle(connection, handler, message, controller)
          : this.#once(connection, handler, message, controller);
      if (isThenable(result)) {
        const task = new PendingTask(this, connection, message, handler, controller, handling);
        this.#await(connection, task, result);
        return false;
      }
      end(handling, this.#answer(connection, message, result, controller));
    } catch (error) {
      end(handling, this.#writer.fail(connection, message, error));
    }
    return true;
  }

  #handle(
    connection: Connection,
    handler: MessageHandler,
    message: Envelope,
    controller: AbortController | undefined,
  ): unknown {
    const { upload: rules } = handler;
    const { uploads, maxMessage } = this.#options;
    const signal = controller?.signal;
    if (rules === undefined || uploads === undefined) {
      if (message.upload !== undefined) throw uploadRefused();
      return handler.handle(connection, message.data, message, signal);
    }
    if (message.upload === undefined) throw uploadExpected();
    // Cancelled while it waited for one that was to bring the same.
    signal?.throwIfAborted();
    const run = (failed: AbortSignal): unknown =>
      handler.handle(connection, message.data, message, failed);
    return uploads.run(connection, { message, rules, maxMessage, signal, run });
  }

  /** A call that may come twice. The events of the wire itself do no harm then. */
  #once(
    connection: Connection,
    handler: MessageHandler,
    message: Envelope,
    controller: AbortController | undefined,
  ): unknown {
    const { event } = message;
    const { answers } = this.#options;
    if (answers === undefined || isReserved(event)) {
      return this.#handle(connection, handler, message, controller);
    }
    if (message.upload !== undefined) {
      const { uploads, maxMessage } = this.#options;
      uploads?.comeBack(connection, { message, maxMessage, signal: controller?.signal });
    }
    return answers.call(connection, message, {
      run: (client) => {
        const result = this.#handle(client, handler, message, controller);
        const checked = (value: unknown): unknown => this.#noStream(value, event, controller);
        return isThenable(result) ? Promise.resolve(result).then(checked) : checked(result);
      },
      describe: (error, client) => {
        if (isAbort(error)) return undefined;
        const reply = this.#writer.describe(error, client, event);
        // What breaks because the client left is its own doing, and it is to come back.
        const isBroken = reply.code === ErrorCode.InternalError && controller?.signal.aborted;
        return isBroken === true || PASSING.has(reply.code) ? undefined : reply;
      },
    });
  }

  #noStream(value: unknown, event: string, controller: AbortController | undefined): unknown {
    if (!isStream(value)) return value;
    controller?.abort();
    this.#release(value, event);
    throw streamWithKey();
  }

  #await(connection: Connection, task: PendingTask, result: PromiseLike<unknown>): void {
    // The handler itself may have closed the connection; then nothing would abandon the task later.
    if (connection[kCore].phase === Phase.Closed) task.abandon();
    else this.#workOf(connection).add(task);
    // A thenable of another make may throw, or call back twice; a Promise around it does not.
    task.watch(result instanceof Promise ? result : Promise.resolve(result));
  }

  /** @returns what the client was told instead, when it could not be answered */
  #answer(
    connection: Connection,
    request: Envelope,
    value: unknown,
    controller: AbortController | undefined,
  ): ErrorReply | undefined {
    if (!isStream(value)) return this.#writer.reply(connection, request, value);
    // Nothing gets through to a client that is being closed, however long that takes.
    if (connection.readyState !== ReadyState.Open) {
      controller?.abort();
      this.#release(value, request.event);
      return undefined;
    }
    const { maxStreams, softMark, report } = this.#options;
    const work = this.#workOf(connection);
    if (work.streams >= maxStreams) {
      controller?.abort();
      this.#release(value, request.event);
      return this.#writer.fail(connection, request, tooManyStreams(maxStreams));
    }
    const stream = streamTask(value, {
      connection,
      request,
      writer: this.#writer,
      report,
      controller,
      softMark,
      turn: work.turn,
      ended: (task) => work.remove(task),
    });
    work.add(stream);
    stream.start();
    return undefined;
  }

  #release(source: StreamSource, event: string): void {
    releaseStream(source).catch((error: unknown) => this.failedLate(error, event));
  }

  #workOf(connection: Connection): Workload {
    const work =
      Workload.of(connection) ?? new Workload(connection, this.#options.lane, this.#start);
    connection[kCore].work = work;
    return work;
  }
}

/** @param told what the client was told, where that was an exception */
function end(handling: MessageHandling | undefined, told?: ErrorReply, stopped = false): void {
  if (handling === undefined) return;
  const outcome = told === undefined ? 'answered' : 'failed';
  handling[kEnd](stopped ? 'cancelled' : outcome, told?.code);
}
