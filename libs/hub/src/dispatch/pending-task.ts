import type { Connection } from '../connection/connection.js';
import type { Envelope } from '../wire/envelope.js';
import type { Task } from './task.js';

/** What a pending handler reports to. */
export interface PendingHost {
  settled(task: PendingTask, connection: Connection, request: Envelope, value: unknown): void;
  failed(task: PendingTask, connection: Connection, request: Envelope, error: unknown): void;
  /** It failed after the connection had closed. */
  failedLate(error: unknown, event: string): void;
}

/**
 * A handler that returned a Promise. The Promise's callbacks reach the connection only through here,
 * so that a handler which never settles keeps no closed connection alive.
 */
export class PendingTask implements Task {
  readonly streaming = false;
  readonly controller: AbortController | undefined;
  cancelled = false;
  readonly #host: PendingHost;
  readonly #event: string;
  #connection: Connection | undefined;
  #request: Envelope | undefined;

  constructor(
    host: PendingHost,
    connection: Connection,
    request: Envelope,
    controller: AbortController | undefined,
  ) {
    this.#host = host;
    this.#event = request.event;
    this.#connection = connection;
    this.#request = request;
    this.controller = controller;
  }

  get id(): string | number | undefined {
    return this.#request?.id;
  }

  watch(promise: PromiseLike<unknown>): void {
    void promise.then(
      (value) => {
        if (this.#connection === undefined || this.#request === undefined) return;
        this.#host.settled(this, this.#connection, this.#request, value);
      },
      (error: unknown) => {
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
    this.#connection = undefined;
    this.#request = undefined;
    this.controller?.abort();
  }

  drained(): void {}
}
