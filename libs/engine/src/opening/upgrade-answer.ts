import type { Duplex } from 'node:stream';
import type { HeaderField } from '../handshake/extra-headers.js';
import type { Opening } from './opening.js';
import type { Refusal } from '../handshake/refusal.js';

/** May change the lines of a response head before they are written. */
export type EditHead = (lines: string[]) => void;

/**
 * The part of an upgrade that differs between versions of HTTP: where the client is heard while it
 * waits, and what it is told in the end. All that is checked before is checked without it. Called
 * at most once with success.
 */
export interface UpgradeAnswer {
  /** What the client is connected by: it tells that the client left, and what it sends early. */
  readonly socket: Duplex;
  /**
   * Writes that the client is let in.
   * @param fields what the response states, checked, in order
   * @returns what the connection runs on from here
   * @throws {UsageError} for what `editHead` has broken. Nothing is written then.
   */
  accept(opening: Opening, fields: readonly HeaderField[], editHead?: EditHead): Duplex;
  /**
   * Writes an HTTP error and ends the exchange; nothing when the client is gone.
   * @param status 300 to 599
   * @throws {UsageError} as `checkRefusal` does. Nothing is written then.
   */
  refuse(status: number, refusal: Refusal): void;
}
