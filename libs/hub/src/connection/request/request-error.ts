import { ErrorCode } from '../../wire/error-code.js';
import { WireError } from '../../wire/wire-error.js';

/** Why a client did not answer. */
export type Unanswered = 'timeout' | 'closed' | 'refused' | 'cancelled' | 'busy' | 'dropped';

/**
 * A client has not answered a request of the server. A handler that lets it pass answers its own client
 * with the code: TIMEOUT, CLOSED, REFUSED, CANCELLED or LIMIT_EXCEEDED.
 */
export class RequestError extends WireError {
  /**
   * @param answer what a client that refused sent with it; it is not passed on
   */
  constructor(
    readonly reason: Unanswered,
    event: string,
    readonly answer?: unknown,
    cause?: unknown,
  ) {
    super(CODES[reason], `Cannot finish request ${JSON.stringify(event)}: ${WORDS[reason]}`, {
      cause,
    });
  }

  /** What a codec sends where the error stands in data; `answer` is not passed on. */
  toJSON(): { code: string; message: string; reason: Unanswered } {
    return { code: this.code, message: this.message, reason: this.reason };
  }
}

const CODES: Record<Unanswered, string> = {
  timeout: ErrorCode.Timeout,
  closed: 'CLOSED',
  refused: 'REFUSED',
  cancelled: ErrorCode.Cancelled,
  busy: ErrorCode.LimitExceeded,
  dropped: ErrorCode.LimitExceeded,
};

/** Every reason there is. */
export const UNANSWERED: ReadonlySet<string> = new Set(Object.keys(CODES));

const WORDS: Record<Unanswered, string> = {
  timeout: 'the client has not answered in time',
  closed: 'the client has disconnected',
  refused: 'the client has refused it',
  cancelled: 'the server has given it up',
  busy: 'too many requests wait for this client',
  dropped: 'there are too many bytes of answers already',
};
