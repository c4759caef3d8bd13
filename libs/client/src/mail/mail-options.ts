import type { MailLocks } from './mail-locks.js';

/** How mail is handled. */
export interface MailOptions {
  /**
   * How often mail is given to a handler that fails; default 5. The pauses grow from a second to a minute.
   * After that it waits for the next connection.
   */
  readonly attempts?: number | undefined;
  /** Milliseconds after which a handler has failed; default 60,000. */
  readonly timeout?: number | undefined;
  /**
   * By what the tabs of a browser agree on the one that handles mail; default `navigator.locks` where there
   * is one. False: each tab handles all of it.
   */
  readonly locks?: MailLocks | false | undefined;
}

/** What comes with the data of mail. */
export interface MailInfo {
  /** Undefined for mail that asks for no acknowledgement: it is handled as well as it can be. */
  readonly mail: number | undefined;
  /** Counts from 1; more for mail whose handler has failed before. */
  readonly attempt: number;
  /** Aborts when the handler takes too long, and when it is taken off. */
  readonly signal: AbortSignal;
}

export type MailHandler = (data: unknown, info: MailInfo) => unknown;
