import { Inject, Injectable } from '@nestjs/common';
import { ReadyState } from '#engine';
import type { Connection } from '#hub';
import type { ResolvedWsOptions } from '../options/ws-options.resolver.js';
import type { SessionOptions } from '../options/ws-options.interface.js';
import { WS_OPTIONS } from '../options/ws.module-definition.js';
import { SESSION_OPTIONS } from '../options/session-options.js';
import { isRecord } from '../support/is-record.js';
import { Session } from './session.js';

/** For routes, which start the session of a connection that was let in. */
export const kBegin = Symbol('begin');

/**
 * Who is authenticated, and for how long. Gateways with `@VerifyClient` need not call it: the session
 * of a connection begins with what that returned, and the client renews it with a `reauthenticate` event.
 * Inject it where authentication works otherwise, for instance by a message after the connect.
 */
@Injectable()
export class Sessions {
  readonly #options: ResolvedWsOptions;
  readonly #running = new WeakMap<Connection, Session>();

  constructor(@Inject(WS_OPTIONS) options: ResolvedWsOptions) {
    this.#options = options;
  }

  /** When the connection will be closed, in milliseconds since the epoch; `undefined` for never. */
  expiresAt(connection: Connection): number | undefined {
    return this.#running.get(connection)?.expiresAt;
  }

  /**
   * Makes `user` the user of the connection and lets the session end with it, instead of whenever it
   * would have ended.
   * @param options default: the module's `session` option
   * @returns when it will end, in milliseconds since the epoch; `undefined` for never, and when the
   *   connection has closed
   */
  renew(
    connection: Connection,
    user: unknown,
    options: SessionOptions = this.#options.session,
  ): number | undefined {
    connection.user = user;
    return this[kBegin](connection, options);
  }

  /** @internal Starts the session of the user the connection has. */
  [kBegin](connection: Connection, options: SessionOptions): number | undefined {
    const isRenewed = this.#running.has(connection);
    this.#end(connection);
    // Nothing is to end any more, and a session would hold the connection until its time.
    if (connection.readyState === ReadyState.Closed) return undefined;
    const expiresAt = readExpiry(connection.user, options);
    if (expiresAt === undefined) return undefined;
    const { notice = SESSION_OPTIONS.defaults.notice } = options;
    const session = new Session(connection, expiresAt, notice);
    this.#running.set(connection, session);
    // A timer that waits for a token's hour must not keep a connection that closed in its first minute;
    // nor must a connection that is renewed again and again keep all the sessions it has had.
    if (!isRenewed) void connection.closed.then(() => this.#running.get(connection)?.stop());
    return expiresAt;
  }

  #end(connection: Connection): void {
    this.#running.get(connection)?.stop();
    this.#running.delete(connection);
  }
}

/** RFC 7519 4.1.4: `exp` of a JWT counts seconds. */
function readExpiry(user: unknown, { expiresAt }: SessionOptions): number | undefined {
  if (expiresAt === undefined) {
    const seconds = isRecord(user) ? user['exp'] : undefined;
    // A claim of another type is not the word for "never": "1800000000" is what a careless issuer writes.
    return seconds === undefined || seconds === null
      ? undefined
      : validTime(toSeconds(seconds) * 1_000);
  }
  const at = expiresAt(user);
  return at === undefined ? undefined : validTime(Number(at));
}

function toSeconds(claim: unknown): number {
  if (typeof claim === 'number') return claim;
  return typeof claim === 'string' && claim.trim() !== '' ? Number(claim) : Number.NaN;
}

/** A time that cannot be read must end the session, not make it last for ever. */
function validTime(time: number): number {
  return Number.isNaN(time) ? 0 : time;
}
