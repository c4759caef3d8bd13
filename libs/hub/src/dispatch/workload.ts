import type { ConnectionWork } from '../connection/state/connection-work.js';
import type { Connection } from '../connection/connection.js';
import type { Envelope } from '../wire/envelope.js';
import { FrameTurn } from './frame-turn.js';
import { Lane, type LaneHost } from './lane.js';
import type { LaneLimits } from './lane-options.js';
import type { MessageHandler } from './message-router.js';
import { overdraft } from './overdraft.js';
import type { Task } from './task.js';
import { kCore } from '../connection/connection-core.js';

/** Messages that wait at most while the client owes an answer; only then are more than the bound read. */
const MAX_WHILE_ASKING = 1_024;
/** Bytes past the bound of a lane; all lanes of the process share the `overdraft`. */
const MAX_BYTES_WHILE_ASKING = 256 * 1024;

/** A message that waits for its turn. */
interface Job {
  readonly handler: MessageHandler;
  readonly message: Envelope;
  /** As it came, before it was decoded. */
  readonly bytes: number;
}

/** Starts one message; true when its handler has finished. */
type StartJob = (connection: Connection, handler: MessageHandler, message: Envelope) => boolean;

/**
 * What one connection has under way. Made when a handler first returns something that takes time:
 * connections that are idle or have only synchronous handlers never pay for it.
 */
export class Workload implements ConnectionWork {
  readonly lane: Lane<Job>;
  /** Of its streams. */
  readonly turn = new FrameTurn();
  /** Lanes of the handlers that have a concurrency of their own. */
  readonly #lanes = new Map<MessageHandler, Lane<Job>>();
  readonly #limits: LaneLimits;
  readonly #host: LaneHost<Job>;
  readonly #tasks = new Set<Task>();
  #streams = 0;
  /** Who waits until no handler is under way. */
  #waiting: (() => void)[] = [];
  /** Lanes whose queue is full; the connection is read while there is none. */
  #full = 0;

  constructor(connection: Connection, limits: LaneLimits, start: StartJob) {
    this.#limits = limits;
    this.#host = {
      run: (job) => start(connection, job.handler, job.message),
      // The answer that a handler waits for stands behind the messages that wait for the handler.
      mustRead: (queued, bytesOver) =>
        (connection[kCore].requests?.size ?? 0) > 0 &&
        queued < MAX_WHILE_ASKING &&
        bytesOver < MAX_BYTES_WHILE_ASKING &&
        !overdraft.exhausted,
      overdrawn: (change) => overdraft.add(change),
      pause: () => {
        if (this.#full++ === 0) connection[kCore].pause();
      },
      resume: () => {
        if (--this.#full === 0) connection[kCore].resume();
      },
    };
    this.lane = new Lane<Job>(limits, this.#host);
  }

  /** The workload of `connection`, undefined while it has never had one. */
  static of(connection: Connection): Workload | undefined {
    const { work } = connection[kCore];
    return work instanceof Workload ? work : undefined;
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

  /** Reads on although a queue is full: the client was asked something. */
  readOn(): void {
    for (const lane of this.#all()) lane.readOn();
  }

  /** Whether a handler is under way or a message waits for one; streams do not count. */
  get busy(): boolean {
    return this.#all().some((lane) => lane.running > 0 || lane.queued > 0);
  }

  /** Calls back when it is busy no more, at once if it is not. */
  whenIdle(callback: () => void): void {
    if (this.busy) this.#waiting.push(callback);
    else callback();
  }

  /** A handler of this connection has finished. */
  finished(handler: MessageHandler): void {
    this.laneOf(handler).done();
    if (this.#waiting.length > 0 && !this.busy) this.#tellIdle();
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

  endStreams(): void {
    for (const task of this.#tasks) {
      if (!task.streaming) continue;
      this.remove(task);
      task.abandon();
    }
  }

  abandon(): void {
    for (const lane of this.#all()) lane.clear();
    this.#full = 0;
    for (const task of this.#tasks) task.abandon();
    this.#tasks.clear();
    this.#streams = 0;
    this.#tellIdle();
  }

  #tellIdle(): void {
    for (const callback of this.#waiting.splice(0)) callback();
  }

  #all(): Lane<Job>[] {
    return [this.lane, ...this.#lanes.values()];
  }
}
