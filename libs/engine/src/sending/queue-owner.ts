/** Told what becomes of the queue. */
export interface QueueOwner {
  queueEmptied(): void;
  queueBlocked(): void;
  /** All queues together hold too much, and this one the most. */
  queueOverBudget?(): void;
  /** A flush that was scheduled is done; the queue may have nothing left to do. */
  queueFlushed?(): void;
}

/** Whom a queue serves that serves nobody: it must not keep a closed connection alive. */
export const NOBODY: QueueOwner = { queueEmptied() {}, queueBlocked() {} };
