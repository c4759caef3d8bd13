import { WheelTimer } from '#engine';
import type { MessageHandling } from '../diagnostics/message-handling.js';
import { kEnd } from '../support/own-names.js';
import type { Connection } from '../connection/connection.js';
import type { Envelope } from '../wire/envelope.js';
import type { MessageHandler } from './message-router.js';
import type { Task } from './task.js';

/** What a pending handler reports to. */
export interface PendingHost {
  settled(task: PendingTask, connection: Connection, request: Envelope, value: unknown): void;
  failed(task: PendingTask, connection: Connection, request: Envelope, error: unknown): void;
  /** It has taken longer than its handler may. */
  timedOut(task: PendingTask, connection: Connection, request: Envelope): void;
  /** It gave a value after the connection had closed, or its time was up. */
  settledLate(value: unknown, event: string): void;
  /** It failed after the connection had closed. */
  failedLate(error: unknown, event: string): void;
}

class TaskTimer extends WheelTimer {
  readonly #expired: () => void;

  constructor(expired: () => void) {
    super();
    this.#expired = expired;
  }

  protected override expired(): void {
    this.#expired();
  }
}

/**
 * A handler that returned a Promise. The Promise's callbacks reach the connection only through here,
 * so that a handler which never settles keeps no closed connection alive.
 */
export class PendingTask implements Task {
  readonly streaming = false;
  readonly handler: MessageHandler;
  readonly controller: AbortController | undefined;
  cancelled = false;
  readonly #host: PendingHost;
  readonly #event: string;
  #connection: Connection | undefined;
  #request: Envelope | undefined;
  #timer: TaskTimer | undefined;

  constructor(
    host: PendingHost,
    connection: Connection,
    request: Envelope,
    handler: MessageHandler,
    controller: AbortController | undefined,
    readonly handling?: MessageHandling,
  ) {
    this.#host = host;
    this.#event = request.event;
    this.handler = handler;
    this.#connection = connection;
    this.#request = request;
    this.controller = controller;
  }

  get id(): string | number | undefined {
    return this.#request?.id;
  }

  watch(promise: PromiseLike<unknown>): void {
    const { timeout = 0 } = this.handler;
    if (timeout > 0 && this.#connection !== undefined) {
      this.#timer = new TaskTimer(() => this.#timedOut());
      this.#timer.start(timeout);
    }
    void promise.then(
      (value) => {
        this.#timer?.stop();
        if (this.#connection === undefined || this.#request === undefined) {
          this.#host.settledLate(value, this.#event);
        } else {
          this.#host.settled(this, this.#connection, this.#request, value);
        }
      },
      (error: unknown) => {
        this.#timer?.stop();
        if (this.#connection === undefined || this.#request === undefined) {
          this.#host.failedLate(error, this.#event);
        } else {
          this.#host.failed(this, this.#connection, this.#request, error);
        }
      },
    );
  }

  /** The handler still gives the answer: it alone knows how far it got. */
  cancel(): void {
    this.cancelled = true;
    this.controller?.abort();
  }

  abandon(): void {
    this.#letGo();
    this.handling?.[kEnd]('abandoned');
    this.controller?.abort();
  }

  drained(): void {}

  #timedOut(): void {
    const connection = this.#connection;
    const request = this.#request;
    this.#letGo();
    if (connection === undefined || request === undefined) return;
    this.#host.timedOut(this, connection, request);
  }

  #letGo(): void {
    this.#timer?.stop();
    this.#connection = undefined;
    this.#request = undefined;
  }
}
