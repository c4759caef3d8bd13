import { UsageError } from '#engine';

/**
 * The application handed over data the codec cannot carry: a cycle, a BigInt, too deep a nesting.
 * `send` throws it to its caller; when a handler returned the data, the client gets an exception
 * frame with INTERNAL_ERROR instead, because the fault is not the client's.
 */
export class EncodeError extends UsageError {
  constructor(event: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot encode data of event "${event}": ${why}`, 'WS_ERR_ENCODE');
    this.cause = cause;
  }
}
