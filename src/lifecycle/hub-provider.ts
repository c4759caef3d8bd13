import { Logger } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { WebSocketError } from '#engine';
import { ErrorCode, Hub, HUB_OPTIONS, type ErrorContext } from '#hub';
import { describeCauses, describeError, stackOf } from '../support/describe-error.js';
import { FewLines } from '../support/few-lines.js';
import { quoted } from '../support/quoted.js';
import { Seldom } from './seldom.js';
import { formatError } from '../pipeline/filters/error-formatter.js';
import { GlobalEnhancers } from '../pipeline/enhancers/global-enhancers.js';
import type { ResolvedWsOptions } from '../options/ws-options.resolver.js';

const logger = new Logger('WsExceptionsHandler');

/** Peers decide how many there would be. */
const transportLines = new FewLines((line) => logger.debug(line));

/** Where a client is told what was thrown; after the other hooks nobody is. */
const ANSWERING: ReadonlySet<ErrorContext['phase']> = new Set(['connect', 'message', 'stream']);

/** The application's hub; what nobody expected goes to Nest's logger. */
export function createHub(options: ResolvedWsOptions, config: ApplicationConfig): Hub {
  const globals = new GlobalEnhancers(config, options);
  const unanswered = new Seldom();
  return new Hub({
    ...HUB_OPTIONS.pick(options),
    onError: (error, context) => logError(error, context, globals, unanswered),
  });
}

function logError(
  error: unknown,
  { phase, event, connection }: ErrorContext,
  globals: GlobalEnhancers,
  unanswered: Seldom,
): void {
  // What a peer does to its own transport is no fault of this server.
  if (phase === 'transport') {
    transportLines.write(() => `Connection ${connection?.id ?? ''}: ${describeError(error)}`);
    return;
  }
  const { code } = formatError(error).reply;
  if (code !== ErrorCode.InternalError && ANSWERING.has(phase)) {
    // An answer for a client that has left before it could get it; without a client it is one for nobody.
    // A client hears of no broker; whoever can mend it has to.
    if (connection === undefined || code === ErrorCode.Unavailable)
      logUnanswered(error, unanswered);
    return;
  }
  const where = event === undefined ? phase : `${phase} ${quoted(event)}`;
  // Hooks of several gateways, each with a stack of its own.
  const failures: unknown[] = error instanceof AggregateError ? error.errors : [error];
  for (const failure of failures) {
    const hint = globals.explain(failure);
    const why = describeError(failure) + (hint === undefined ? '' : ` (${hint})`);
    logger.error(`Cannot finish ${where}: ${why}`, stackOf(failure));
  }
}

/** What a limit or the broker refuses while no client waits, such as a broadcast too long for other nodes. */
function logUnanswered(error: unknown, unanswered: Seldom): void {
  const why = describeCauses(error);
  const kind = error instanceof WebSocketError ? error.code : '';
  const count = unanswered.count(kind, 1);
  if (count > 0) logger.error(count === 1 ? why : `${why} (${count} such errors)`);
}
