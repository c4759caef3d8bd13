/** Jobs of one connection under way at a time; 1 keeps answers in the order of the requests. */
export const DEFAULT_CONCURRENCY = 1;
/** Jobs that wait before the connection is paused. */
export const DEFAULT_QUEUE = 16;

export interface LaneLimits {
  readonly concurrency: number;
  readonly queue: number;
}

/** What a lane runs its jobs with. */
export interface LaneHost<Job> {
  /** @returns true when the job has finished; false when `done` will be called on the lane later. */
  run(job: Job): boolean;
  /** Whether to go on although so many jobs wait, past the bound. Default never. */
  mustRead?(queued: number): boolean;
  /** The queue is at its bound: stop delivering. */
  pause(): void;
  /** The queue is below half its bound again. */
  resume(): void;
}

/**
 * The order of one connection's jobs: so many under way, the rest in a bounded queue. Whoever feeds
 * it starts a job directly while `idle` (no queueing, no allocation) and pushes it otherwise.
 */
export class Lane<Job extends object> {
  readonly #limits: LaneLimits;
  readonly #host: LaneHost<Job>;
  #queue: Job[] = [];
  #running = 0;
  #paused = false;

  constructor(limits: LaneLimits, host: LaneHost<Job>) {
    this.#limits = limits;
    this.#host = host;
  }

  /** Whether a job may start now without overtaking another. */
  get idle(): boolean {
    return this.#queue.length === 0 && this.#running < this.#limits.concurrency;
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Counts a job that was started directly and has not finished. */
  occupy(): void {
    this.#running++;
  }

  /** Queues a job. A job pushed past the bound is kept: it was on its way before the pause. */
  push(job: Job): void {
    this.#queue.push(job);
    if (this.#paused || this.#queue.length < this.#limits.queue) return;
    if (this.#host.mustRead?.(this.#queue.length) === true) return;
    this.#paused = true;
    this.#host.pause();
  }

  /** Delivers again although the queue is full; the next job that comes may pause it anew. */
  readOn(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#host.resume();
  }

  /** A job has finished: the next ones start. */
  done(): void {
    if (this.#running > 0) this.#running--;
    // A loop, not recursion: a full queue of synchronous jobs must not deepen the stack.
    while (this.#running < this.#limits.concurrency) {
      const job = this.#queue.shift();
      if (job === undefined) break;
      this.#running++;
      if (this.#host.run(job)) this.#running--;
    }
    // Only now: resuming may deliver messages at once, and these must find the queue as it stays.
    if (this.#paused && this.#queue.length < this.#limits.queue / 2) {
      this.#paused = false;
      this.#host.resume();
    }
  }

  /** Takes out the queued jobs that match, without running them. */
  remove(matches: (job: Job) => boolean): Job[] {
    const removed = this.#queue.filter((job) => matches(job));
    if (removed.length > 0) this.#queue = this.#queue.filter((job) => !matches(job));
    return removed;
  }

  /** Forgets what is queued; jobs under way may still call `done`. */
  clear(): void {
    this.#queue = [];
    this.#paused = false;
  }
}
