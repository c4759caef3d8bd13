import { WebSocketError } from '#engine';

interface WireErrorOptions {
  /** Sent to the client as it is: never put the client's own payload here. */
  details?: unknown;
  /** Id of the request at fault, when it could be read, so that the exception can carry it. */
  id?: string | number | undefined;
  cause?: unknown;
}

/** An `ErrorReply`, with whatever the application has put beside. */
interface ToldBefore {
  status: 'error';
  code: string;
  message: string;
  details?: unknown;
}

/**
 * A peer sent something that cannot be handled. The connection stays open and the peer receives an
 * exception frame with this code, message and details; applications may throw it for the same end.
 * See `ErrorCode` for the codes the hub uses.
 */
export class WireError extends WebSocketError {
  readonly details: unknown;
  readonly id: string | number | undefined;

  constructor(code: string, message: string, options: WireErrorOptions = {}) {
    super(message, code, options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details;
    this.id = options.id;
  }
}

/** What a client was told about an error before, told again as it was. */
export class RepeatedError extends WireError {
  constructor(readonly reply: ToldBefore) {
    super(reply.code, reply.message, { details: reply.details });
  }
}
