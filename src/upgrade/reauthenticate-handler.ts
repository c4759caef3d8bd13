import { ForbiddenException, Logger } from '@nestjs/common';
import {
  ErrorCode,
  WireError,
  type Connection,
  type Envelope,
  type MessageHandler,
  type UserIdOf,
} from '#hub';
import type { HandshakePipeline } from './handshake-pipeline.js';
import { isRecord } from '../support/is-record.js';
import type { SessionOptions } from '../options/ws-options.interface.js';
import { identityOf } from '../auth/identity.js';
import { REAUTHENTICATE_EVENT } from '../auth/session-events.js';
import { renewedRequest } from './renewed-request.js';
import type { Sessions } from '../auth/sessions.js';

/** Longest token, in characters: as long as a header may be that carries one. */
const MAX_TOKEN_LENGTH = 8_192;

const logger = new Logger('Sessions');

/**
 * Answers `reauthenticate` with `{ token }`: what verified the client verifies the token, and the
 * session goes on with what comes of it. A token that is refused changes nothing.
 */
export class ReauthenticateHandler implements MessageHandler {
  readonly #pipeline: HandshakePipeline;
  readonly #sessions: Sessions;
  readonly #options: SessionOptions;
  readonly #userIdOf: UserIdOf;
  #hasWarned = false;
  readonly event = REAUTHENTICATE_EVENT;
  // Its own lane: a client whose handlers are busy must still be able to keep its session.
  readonly concurrency = 1;
  readonly wantsSignal = true;

  constructor(
    pipeline: HandshakePipeline,
    sessions: Sessions,
    options: SessionOptions,
    /** Milliseconds, as for the opening handshake. */
    readonly timeout: number,
    userIdOf: UserIdOf,
  ) {
    this.#pipeline = pipeline;
    this.#sessions = sessions;
    this.#options = options;
    this.#userIdOf = userIdOf;
  }

  async handle(
    connection: Connection,
    data: unknown,
    _message: Envelope,
    signal: AbortSignal | undefined,
  ): Promise<{ expiresAt: number | null }> {
    // Before the verification, which may write to a user that it has handed out before.
    const before = this.#identityOf(connection);
    const { request, handshake } = renewedRequest(connection.handshake, readToken(data));
    const { user } = await this.#pipeline.verify(request, handshake);
    // The client has been told that the time was up, or wants it no more.
    signal?.throwIfAborted();
    // What the connection has joined and been told belongs to the user it has, and to nobody else. The
    // application may have set another one meanwhile.
    const isSame = identityOf(user, this.#userIdOf) === before;
    if (!isSame || this.#identityOf(connection) !== before) {
      throw new ForbiddenException('Cannot reauthenticate: the token belongs to another user');
    }
    return { expiresAt: this.#sessions.renew(connection, user, this.#options) ?? null };
  }

  /** @throws {ForbiddenException} for a user whom nothing tells from others */
  #identityOf(connection: Connection): string {
    const identity = identityOf(connection.user, this.#userIdOf);
    if (identity !== undefined) return identity;
    if (!this.#hasWarned) {
      logger.warn(
        `Cannot reauthenticate clients of ${connection.handshake.path}: their user has no id (id, userId or sub, a string or a number) to compare with that of the token; option userId says where it is`,
      );
    }
    this.#hasWarned = true;
    throw new ForbiddenException('Cannot reauthenticate: nothing tells its user from others');
  }
}

function readToken(data: unknown): string {
  const token = isRecord(data) ? data['token'] : undefined;
  // A header and a subprotocol can carry nothing else (RFC 9110 5.5, 5.6.2).
  if (typeof token === 'string' && token.length <= MAX_TOKEN_LENGTH && /^[!-~]+$/.test(token)) {
    return token;
  }
  throw new WireError(
    ErrorCode.BadRequest,
    `Cannot read token: a string of 1 to ${MAX_TOKEN_LENGTH} visible ASCII characters is expected`,
  );
}
