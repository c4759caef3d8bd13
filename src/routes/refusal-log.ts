import { Logger } from '@nestjs/common';
import { ErrorCode, type ErrorReply } from '#hub';
import { FewLines } from '../support/few-lines.js';
import { quoted } from '../support/quoted.js';

/** What a developer looks for when a client gets no answer it expects. */
const LOGGED: ReadonlySet<string> = new Set([
  ErrorCode.UnknownEvent,
  ErrorCode.BadJson,
  ErrorCode.BadEnvelope,
  ErrorCode.BadRequest,
]);

const logger = new Logger('WsMessages');

/**
 * A debug line for messages of a path that no handler got: with the path, the event and the code, never with
 * data.
 */
export class RefusalLog {
  readonly #path: string;
  readonly #lines = new FewLines((line) => logger.debug(line));

  constructor(path: string) {
    this.#path = path;
  }

  /** @param event as the client named it; undefined for a message that could not be read */
  refused({ code }: ErrorReply, event: string | undefined): void {
    if (!LOGGED.has(code)) return;
    this.#lines.write(() => {
      const what = event === undefined ? 'message' : `event ${quoted(event)}`;
      return `Cannot handle ${what} on ${this.#path}: ${code}`;
    });
  }
}
