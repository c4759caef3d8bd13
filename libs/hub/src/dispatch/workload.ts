import type { Connection } from '../connection/connection.js';
import type { Envelope } from '../wire/envelope.js';
import type { LaneLimits } from './lane.js';
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
  readonly #tasks = new Set<Task>();
  #streams = 0;

  constructor(connection: Connection, limits: LaneLimits, start: StartJob) {
    this.lane = new Lane<Job>(limits, {
      run: (job) => start(connection, job.handler, job.message),
      pause: () => connection.pause(),
      resume: () => connection.resume(),
    });
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
    const queued = this.lane.remove((job) => job.message.id === id);
    for (const task of this.#tasks) {
      if (task.id === id) task.cancel();
    }
    return queued.map((job) => job.message);
  }

  drained(): void {
    for (const task of this.#tasks) task.drained();
  }

  abandon(): void {
    this.lane.clear();
    for (const task of this.#tasks) task.abandon();
    this.#tasks.clear();
    this.#streams = 0;
  }
}
