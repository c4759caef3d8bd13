import { Logger } from '@nestjs/common';
import { ErrorCode, type ErrorReply } from '#hub';

/** What a developer looks for when a client gets no answer it expects. */
const LOGGED: ReadonlySet<string> = new Set([
  ErrorCode.UnknownEvent,
  ErrorCode.BadJson,
  ErrorCode.BadEnvelope,
  ErrorCode.BadRequest,
]);

/** Lines in a second: clients decide how many there would be. */
const MAX_LINES = 5;
const PERIOD = 1_000;

const logger = new Logger('WsMessages');

/**
 * A debug line for messages of a path that no handler got: with the path, the event and the code, never with
 * data. What is over the limit is counted in the next line.
 */
export class RefusalLog {
  readonly #path: string;
  #since = 0;
  #lines = 0;
  #leftOut = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** @param event as the client named it; undefined for a message that could not be read */
  refused({ code }: ErrorReply, event: string | undefined): void {
    if (!LOGGED.has(code)) return;
    const now = Date.now();
    if (Math.abs(now - this.#since) >= PERIOD) {
      this.#since = now;
      this.#lines = 0;
    }
    if (this.#lines === MAX_LINES) {
      this.#leftOut++;
      return;
    }
    this.#lines++;
    const what = event === undefined ? 'message' : `event ${JSON.stringify(event)}`;
    const others = this.#leftOut === 0 ? '' : ` (${this.#leftOut} more before it)`;
    this.#leftOut = 0;
    logger.debug(`Cannot handle ${what} on ${this.#path}: ${code}${others}`);
  }
}
