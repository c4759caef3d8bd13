import type { LaneLimits } from './lane-options.js';

/** What a lane runs its jobs with. */
export interface LaneHost<Job> {
  /** @returns true when the job has finished; false when `done` will be called on the lane later. */
  run(job: Job): boolean;
  /** Whether to go on although so many jobs wait, past the bound. Default never. */
  mustRead?(queued: number, bytesOver: number): boolean;
  /** Of bytes past the bound that `mustRead` allowed, so many more wait, or fewer. */
  overdrawn?(change: number): void;
  /** The queue is at a bound: stop delivering. */
  pause(): void;
  /** The queue is below half its bounds again. */
  resume(): void;
}

/**
 * The order of one connection's jobs: so many under way, the rest in a bounded queue. Whoever feeds
 * it starts a job directly while `idle` (no queueing, no allocation) and pushes it otherwise.
 */
export class Lane<Job extends { readonly bytes: number }> {
  readonly #limits: LaneLimits;
  readonly #host: LaneHost<Job>;
  #queue: Job[] = [];
  #bytes = 0;
  #running = 0;
  #paused = false;
  /** Bytes queued past the bound that the host was told of. */
  #over = 0;

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
    const { queueSize, queueBytes } = this.#limits;
    const queued = this.#queue.push(job);
    this.#bytes += job.bytes;
    if (this.#paused || (queued < queueSize && this.#bytes < queueBytes)) return;
    if (this.#host.mustRead?.(queued, Math.max(0, this.#bytes - queueBytes)) === true) {
      this.#settle();
      return;
    }
    this.#paused = true;
    this.#host.pause();
  }

  /** Delivers again although the queue is full; the next job that comes may pause it anew. */
  readOn(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#host.resume();
  }

  #settle(): void {
    const over = Math.max(0, this.#bytes - this.#limits.queueBytes);
    if (over === this.#over) return;
    this.#host.overdrawn?.(over - this.#over);
    this.#over = over;
  }

  /** A job has finished: the next ones start. */
  done(): void {
    if (this.#running > 0) this.#running--;
    // A loop, not recursion: a full queue of synchronous jobs must not deepen the stack.
    while (this.#running < this.#limits.concurrency) {
      const job = this.#queue.shift();
      if (job === undefined) break;
      this.#bytes -= job.bytes;
      this.#running++;
      if (this.#host.run(job)) this.#running--;
    }
    if (this.#over > 0) this.#settle();
    // Only now: resuming may deliver messages at once, and these must find the queue as it stays.
    const { queueSize, queueBytes } = this.#limits;
    if (this.#paused && this.#queue.length < queueSize / 2 && this.#bytes < queueBytes / 2) {
      this.#paused = false;
      this.#host.resume();
    }
  }

  /** Takes out the queued jobs that match, without running them. */
  remove(matches: (job: Job) => boolean): Job[] {
    const removed = this.#queue.filter((job) => matches(job));
    if (removed.length > 0) this.#queue = this.#queue.filter((job) => !matches(job));
    for (const { bytes } of removed) this.#bytes -= bytes;
    if (this.#over > 0) this.#settle();
    return removed;
  }

  /** Forgets what is queued; jobs under way may still call `done`. */
  clear(): void {
    this.#queue = [];
    this.#bytes = 0;
    if (this.#over > 0) this.#settle();
    this.#paused = false;
  }
}
