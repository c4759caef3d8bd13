import { ReadyState } from '#engine';
import type { Connection } from '../connection/connection.js';
import { Phase } from '../connection/state/phase.js';
import type { ErrorReporter } from '../connection/error-context.js';
import type { RecurringHook } from './endpoint-hooks.js';
import { runHook } from './run-hook.js';
import { kCore } from '../connection/connection-core.js';

interface BoundedHookOptions<Payload extends readonly unknown[]> {
  readonly name: RecurringHook;
  /** The hook, which may throw or reject. */
  readonly call: (connection: Connection, ...payload: Payload) => unknown;
  readonly report: ErrorReporter;
  /** Whether the last of those that come while a call is under way gets one of its own after it. */
  readonly again: boolean;
}

/**
 * A hook of a path that peers can cause as often as they like. Of each connection one call is under
 * way at most: a hook that takes its time, or never ends, does not pile up.
 */
export class BoundedHook<Payload extends readonly unknown[]> {
  readonly #options: BoundedHookOptions<Payload>;
  // Weak: a hook that never ends must not keep the connections that have closed meanwhile.
  readonly #running = new WeakSet<Connection>();
  readonly #missed: WeakMap<Connection, Payload> | undefined;

  constructor(options: BoundedHookOptions<Payload>) {
    this.#options = options;
    this.#missed = options.again ? new WeakMap() : undefined;
  }

  /** Left out unless the connect hook has let the connection in and no close has begun. */
  run(connection: Connection, ...payload: Payload): void {
    if (connection[kCore].phase !== Phase.Ready || connection.readyState !== ReadyState.Open)
      return;
    if (this.#running.has(connection)) {
      this.#missed?.set(connection, payload);
      return;
    }
    // Before the call: what the hook does may lead here again.
    this.#running.add(connection);
    const { name, call, report } = this.#options;
    const underWay = runHook(
      () => call(connection, ...payload),
      (error) => report(error, { phase: name, connection }),
    );
    if (underWay === undefined) this.#settled(connection);
    else void underWay.then(() => this.#settled(connection));
  }

  #settled(connection: Connection): void {
    this.#running.delete(connection);
    const missed = this.#missed?.get(connection);
    if (missed === undefined) return;
    this.#missed?.delete(connection);
    this.run(connection, ...missed);
  }
}
