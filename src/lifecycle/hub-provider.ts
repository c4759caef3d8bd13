import { Logger } from '@nestjs/common';
import { ErrorCode, Hub, HUB_OPTIONS, type ErrorContext } from '#hub';
import { describeError, stackOf } from '../support/describe-error.js';
import { formatError } from '../pipeline/filters/error-formatter.js';
import type { ResolvedWsOptions } from '../options/ws-options.resolver.js';

const logger = new Logger('WsExceptionsHandler');

/** Where a client is told what was thrown; after the other hooks nobody is. */
const ANSWERING: ReadonlySet<ErrorContext['phase']> = new Set(['connect', 'message', 'stream']);

/** The application's hub; what nobody expected goes to Nest's logger. */
export function createHub(options: ResolvedWsOptions): Hub {
  return new Hub({ ...HUB_OPTIONS.pick(options), onError: logError });
}

function logError(error: unknown, { phase, event, connection }: ErrorContext): void {
  // What a peer does to its own transport is no fault of this server.
  if (phase === 'transport') {
    logger.debug(`Connection ${connection?.id ?? ''}: ${describeError(error)}`);
    return;
  }
  // An answer for a client that has left before it could get it.
  const isAnswer = formatError(error).reply.code !== ErrorCode.InternalError;
  if (isAnswer && ANSWERING.has(phase)) return;
  const where = event === undefined ? phase : `${phase} ${JSON.stringify(event)}`;
  // Hooks of several gateways, each with a stack of its own.
  const failures: unknown[] = error instanceof AggregateError ? error.errors : [error];
  for (const failure of failures) {
    logger.error(`Cannot finish ${where}: ${describeError(failure)}`, stackOf(failure));
  }
}
