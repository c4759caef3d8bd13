import { Logger } from '@nestjs/common';
import { ErrorCode, Hub, type ErrorContext } from '#hub';
import { describeError } from '../describe-error.js';
import { formatError } from '../filters/error-formatter.js';
import { configured } from '../realtime/realtime-options.js';
import type { ResolvedWsOptions } from '../ws-options.resolver.js';

const logger = new Logger('WsExceptionsHandler');

/** The application's hub; what nobody expected goes to Nest's logger. */
export function createHub(options: ResolvedWsOptions): Hub {
  const { maxRoomsPerConnection, realtime } = options;
  return configured(
    'WsModule options',
    () => new Hub({ ...realtime, maxRoomsPerConnection, onError: logError }),
  );
}

function logError(error: unknown, { phase, event, connection }: ErrorContext): void {
  // What a peer does to its own transport is no fault of this server.
  if (phase === 'transport') {
    logger.debug(`Connection ${connection?.id ?? ''}: ${describeError(error)}`);
    return;
  }
  // An answer for a client that has left before it could get it.
  if (formatError(error).reply.code !== ErrorCode.InternalError) return;
  const where = event === undefined ? phase : `${phase} ${JSON.stringify(event)}`;
  logger.error(`Cannot finish ${where}: ${describeError(error)}`, stackOf(error));
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
