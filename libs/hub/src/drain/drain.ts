import { ReadyState } from '#engine';
import type { Connection } from '../connection/connection.js';
import { Phase } from '../connection/state/phase.js';
import type { ConnectionRegistry } from '../connection/connection-registry.js';
import type { ErrorReporter } from '../connection/error-context.js';
import { told } from '../diagnostics/told.js';
import type { HubScope } from '../support/hub-scope.js';
import type { Rooms } from '../rooms/rooms.js';
import { within } from '../support/within.js';
import { SHUTDOWN_EVENT } from '../wire/envelope.js';
import type { DrainPlan, DrainProgress } from './drain-options.js';
import { kCore } from '../connection/connection-core.js';

/** Milliseconds clients get to answer the Close that the deadline has brought forward. */
const LAST_CALL = 1_000;

/** The part of a hub that a drain works on. */
interface DrainHost {
  readonly registry: ConnectionRegistry;
  readonly rooms: Rooms;
  readonly scope: HubScope;
  readonly report: ErrorReporter;
  /** Settles when every connection has closed and its disconnect hook has settled. */
  allClosed(): Promise<void>;
}

/**
 * Sends everybody away without losing what was accepted: says so, then takes no more messages from
 * a connection, lets its handlers finish and answer, and closes it; some at a time, so that not all
 * come back at once. Who is still there at the deadline is terminated.
 */
export class Drain {
  readonly #host: DrainHost;
  readonly #plan: DrainPlan;
  readonly #startedAt = performance.now();
  readonly #busy = new Set<Connection>();

  constructor(host: DrainHost, plan: DrainPlan) {
    this.#host = host;
    this.#plan = plan;
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { registry, rooms } = this.#host;
    const { notice, grace } = this.#plan;
    const closed = this.#host.allClosed().then(() => true);
    if (notice !== undefined && registry.size > 0) {
      rooms.toAll().local.send(SHUTDOWN_EVENT, notice);
      this.#tell('notified');
      if (grace > 0) await within(closed, Math.min(grace, this.#left));
    }
    await this.#closeInBatches();
    this.#tell('waiting');
    if (!(await within(closed, this.#left))) {
      this.#tell('terminating');
      await this.#end(closed);
    }
    this.#tell('closed');
  }

  /** Milliseconds until the deadline. */
  get #left(): number {
    return Math.max(0, this.#plan.deadline - (performance.now() - this.#startedAt));
  }

  async #closeInBatches(): Promise<void> {
    const { batchSize, batchInterval } = this.#plan;
    let inBatch = 0;
    // Those that leave meanwhile drop out of the loop, and nobody new can come.
    for (const connection of this.#host.registry) {
      if (inBatch === batchSize) {
        inBatch = 0;
        this.#tell('closing');
        await pause(Math.min(batchInterval, this.#left));
      }
      // Whoever has not had its turn is closed with those whose handlers never end.
      if (this.#left === 0) return;
      inBatch++;
      this.#sendAway(connection);
    }
  }

  #sendAway(connection: Connection): void {
    const { work } = connection[kCore];
    if (work === undefined || !work.busy || connection[kCore].phase !== Phase.Ready) {
      this.#close(connection);
      return;
    }
    connection[kCore].hold();
    this.#busy.add(connection);
    work.whenIdle(() => {
      this.#busy.delete(connection);
      this.#close(connection);
    });
  }

  #close(connection: Connection): void {
    try {
      connection.close(this.#plan.code, this.#plan.reason);
    } catch (error) {
      this.#host.report(error, { phase: 'transport', connection });
      connection.terminate();
    }
  }

  /** The deadline has passed: a Close for those whose handlers never end, the axe for the rest. */
  async #end(closed: Promise<boolean>): Promise<void> {
    let asked = false;
    for (const connection of this.#host.registry) {
      if (connection.readyState !== ReadyState.Open) {
        connection.terminate();
        continue;
      }
      asked = true;
      this.#close(connection);
    }
    if (asked && (await within(closed, LAST_CALL))) return;
    for (const connection of this.#host.registry) connection.terminate();
    await within(closed, LAST_CALL);
  }

  #tell(stage: DrainProgress['stage']): void {
    const progress: DrainProgress = {
      stage,
      open: this.#host.registry.size,
      busy: this.#busy.size,
      elapsed: Math.round(performance.now() - this.#startedAt),
    };
    if (told.drain.hasSubscribers) told.drain.publish({ ...this.#host.scope, ...progress });
    try {
      this.#plan.onProgress?.(progress);
    } catch (error) {
      this.#host.report(error, { phase: 'disconnect', connection: undefined });
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
