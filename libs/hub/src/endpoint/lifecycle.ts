import { LimitError, ProtocolError } from '#engine';
import type { ErrorReporter } from '../connection/error-context.js';
import type { EndpointHooks } from './endpoint-hooks.js';
import type { ReplyWriter } from '../dispatch/reply-writer.js';
import { runHook } from './run-hook.js';
import { isThenable } from '../support/thenable.js';
import { ErrorCode } from '../wire/error-code.js';
import type { ErrorReply } from '../wire/error-reply.js';
import type { Connection } from '../connection/connection.js';
import type { CloseInfo } from '../connection/state/connection-end.js';
import { Phase } from '../connection/state/phase.js';
import { HubCloseCauses } from '../wire/close-causes.js';
import { refusalReason } from '../wire/refusal-reason.js';
import { kCore } from '../connection/connection-core.js';

interface LifecycleOptions {
  readonly hooks: EndpointHooks;
  readonly writer: ReplyWriter;
  readonly report: ErrorReporter;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /**
   * The connect hook has let the connection in.
   * @returns what its first message has to wait for; never rejects
   */
  admitted?(connection: Connection): Promise<void> | undefined;
  /** The connection has closed and its disconnect hook has settled. */
  finished(): void;
}

/**
 * Runs the two hooks at the ends of a connection: connect before the first message, disconnect once
 * after the close and never before connect has settled, so that it can undo what connect did.
 */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  /** The connections whose connect hook has not settled, and what ends their wait. */
  readonly #connecting = new Map<Connection, NodeJS.Timeout>();

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  open(connection: Connection): void {
    let result: unknown;
    try {
      result = this.#options.hooks.connect?.(connection);
    } catch (error) {
      this.#refuse(connection, error);
      return;
    }
    if (isThenable(result)) this.#wait(connection, result);
    else this.#admit(connection);
  }

  closed(connection: Connection, info: CloseInfo): void {
    if (!this.#connecting.has(connection)) this.#disconnect(connection, info);
  }

  #wait(connection: Connection, result: PromiseLike<unknown>): void {
    connection[kCore].pause();
    const timer = setTimeout(() => {
      this.#settle(connection, () => this.#refuse(connection, connectTimedOut()));
    }, this.#options.connectTimeout);
    this.#connecting.set(connection, timer);
    void Promise.resolve(result).then(
      () => this.#settle(connection, () => this.#admit(connection)),
      (error: unknown) => this.#settle(connection, () => this.#refuse(connection, error)),
    );
  }

  /** The first of hook and timeout decides; the other finds nothing to do. */
  #settle(connection: Connection, decide: () => void): void {
    const timer = this.#connecting.get(connection);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#connecting.delete(connection);
    decide();
    const { closeInfo, phase } = connection[kCore];
    if (closeInfo !== undefined && phase === Phase.Closed) {
      this.#disconnect(connection, closeInfo);
    }
  }

  #admit(connection: Connection): void {
    if (connection[kCore].phase === Phase.Closed) return;
    connection[kCore].phase = Phase.Ready;
    const waiting = this.#options.admitted?.(connection);
    if (waiting === undefined) {
      connection[kCore].resume();
      return;
    }
    connection[kCore].pause();
    void waiting.then(() => connection[kCore].resume());
  }

  /** The phase stays Connecting, in which no message is dispatched. */
  #refuse(connection: Connection, error: unknown): void {
    const reply = this.#options.writer.fail(connection, undefined, error, 'connect');
    if (connection[kCore].phase === Phase.Closed) return;
    try {
      connection.close(closeCodeFor(error, reply), refusalReason(reply));
    } catch (failure) {
      this.#options.report(failure, { phase: 'connect', connection });
      connection.terminate();
    }
  }

  #disconnect(connection: Connection, info: CloseInfo): void {
    const { hooks, report } = this.#options;
    const underWay = runHook(
      () => hooks.disconnect?.(connection, info),
      (error) => report(error, { phase: 'disconnect', connection }),
    );
    if (underWay === undefined) this.#options.finished();
    else void underWay.then(() => this.#options.finished());
  }
}

function closeCodeFor(error: unknown, reply: ErrorReply): number {
  if (error instanceof LimitError || error instanceof ProtocolError) return error.closeCode;
  const failed = reply.code === ErrorCode.InternalError;
  return (failed ? HubCloseCauses.ConnectFailed : HubCloseCauses.Refused).code;
}

function connectTimedOut(): LimitError {
  const { reason, code } = HubCloseCauses.ConnectTimeout;
  return new LimitError(reason, 'WS_ERR_CONNECT_TIMEOUT', code);
}
