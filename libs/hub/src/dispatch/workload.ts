import type { Connection } from '../connection/connection.js';
import type { Envelope } from '../wire/envelope.js';
import type { LaneHost, LaneLimits } from './lane.js';
import { Lane } from './lane.js';
import type { MessageHandler } from './message-router.js';
import type { Task } from './task.js';

/** A message that waits for its turn. */
export interface Job {
  readonly handler: MessageHandler;
  readonly message: Envelope;
}

/** Starts one message; true when its handler has finished. */
export type StartJob = (
  connection: Connection,
  handler: MessageHandler,
  message: Envelope,
) => boolean;

/**
 * What one connection has under way. Made when a handler first returns something that takes time:
 * connections that are idle or have only synchronous handlers never pay for it.
 */
export class Workload {
  readonly lane: Lane<Job>;
  /** Lanes of the handlers that have a concurrency of their own. */
  readonly #lanes = new Map<MessageHandler, Lane<Job>>();
  readonly #limits: LaneLimits;
  readonly #host: LaneHost<Job>;
  readonly #tasks = new Set<Task>();
  #streams = 0;
  /** Lanes whose queue is full; the connection is read while there is none. */
  #full = 0;

  constructor(connection: Connection, limits: LaneLimits, start: StartJob) {
    this.#limits = limits;
    this.#host = {
      run: (job) => start(connection, job.handler, job.message),
      pause: () => {
        if (this.#full++ === 0) connection.pause();
      },
      resume: () => {
        if (--this.#full === 0) connection.resume();
      },
    };
    this.lane = new Lane<Job>(limits, this.#host);
  }

  laneOf(handler: MessageHandler): Lane<Job> {
    const { concurrency } = handler;
    if (concurrency === undefined) return this.lane;
    let lane = this.#lanes.get(handler);
    if (lane === undefined) {
      lane = new Lane<Job>({ ...this.#limits, concurrency }, this.#host);
      this.#lanes.set(handler, lane);
    }
    return lane;
  }

  get streams(): number {
    return this.#streams;
  }

  add(task: Task): void {
    this.#tasks.add(task);
    if (task.streaming) this.#streams++;
  }

  remove(task: Task): void {
    if (this.#tasks.delete(task) && task.streaming) this.#streams--;
  }

  /**
   * Cancels what answers `id`, running or still queued.
   * @returns the queued messages, which will not run and are still owed an answer
   */
  cancel(id: string | number): Envelope[] {
    const queued = this.#all().flatMap((lane) => lane.remove((job) => job.message.id === id));
    for (const task of this.#tasks) {
      if (task.id === id) task.cancel();
    }
    return queued.map((job) => job.message);
  }

  drained(): void {
    for (const task of this.#tasks) task.drained();
  }

  abandon(): void {
    for (const lane of this.#all()) lane.clear();
    this.#full = 0;
    for (const task of this.#tasks) task.abandon();
    this.#tasks.clear();
    this.#streams = 0;
  }

  #all(): Lane<Job>[] {
    return [this.lane, ...this.#lanes.values()];
  }
}
