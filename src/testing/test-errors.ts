import type { IncomingHttpHeaders } from 'node:http';
import { isRecord } from '../support/is-record.js';
import type { WsFrame } from './ws-frame.js';

/**
 * This folder, as stacks name it: its own frames are of no use to the reader of a test's error. Not from
 * `import.meta`, which test runners that turn modules into CommonJS cannot parse.
 */
const HERE = folderOf(new Error('here').stack?.split('\n')[1] ?? '');

/** @param frame one line of a stack; @returns `''` when it names no file */
function folderOf(frame: string): string {
  const place = frame.slice(Math.max(frame.lastIndexOf(' ('), frame.lastIndexOf(' at ') + 2) + 2);
  return place.slice(0, Math.max(place.lastIndexOf('/'), place.lastIndexOf('\\')) + 1);
}

/** Where in the test a method of the client was called; an error made by a timer would not know. */
export class Origin {
  readonly #frames: string[];

  constructor() {
    const lines = new Error('origin').stack?.split('\n') ?? [];
    this.#frames = lines.slice(1).filter((line) => HERE === '' || !line.includes(HERE));
  }

  /** Makes an error look as if it had been thrown there. */
  of<E extends Error>(error: E): E {
    error.stack = [`${error.name}: ${error.message}`, ...this.#frames].join('\n');
    return error;
  }
}

/** An expectation was not met. The message says what was awaited, what came, and all that went before. */
export class WsTestError extends Error {
  /**
   * @param problem without the transcript
   * @param transcript one line for each thing that happened
   */
  constructor(
    readonly problem: string,
    readonly transcript: string = '',
    options?: ErrorOptions,
  ) {
    super(transcript === '' ? problem : `${problem}\n\n${transcript}\n`, options);
  }

  override get name(): string {
    return 'WsTestError';
  }
}

/** The server answered the handshake with something else than 101. */
export class WsRefusedError extends WsTestError {
  constructor(
    readonly path: string,
    readonly status: number,
    readonly headers: IncomingHttpHeaders,
    /** Parsed when it is JSON, otherwise the text. */
    readonly body: unknown,
  ) {
    const said = typeof body === 'string' ? body : JSON.stringify(body);
    super(`Cannot connect to ${path}: the server answered ${status}${said ? ` ${said}` : ''}`);
  }

  override get name(): string {
    return 'WsRefusedError';
  }
}

/** A request was answered with an `exception` frame. */
export class WsExceptionError extends WsTestError {
  /** Stable code of the exception, `''` when it has none. */
  readonly code: string;
  readonly details: unknown;

  constructor(readonly frame: WsFrame) {
    const { code, message, details } = isRecord(frame.data) ? frame.data : {};
    super(typeof message === 'string' ? message : JSON.stringify(frame.data));
    this.code = typeof code === 'string' ? code : '';
    this.details = details;
  }

  override get name(): string {
    return 'WsExceptionError';
  }
}
