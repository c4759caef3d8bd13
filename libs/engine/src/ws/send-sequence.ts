/** Something to send in its turn. */
export interface SendJob {
  /** Payload bytes, for `bufferedAmount`. */
  readonly size: number;
  /** To be read first; null when the bytes are there already. */
  readonly blob: Blob | null;
  /** @param bytes what the Blob holds; null when there is none */
  send(bytes: Buffer | null): void;
  /** The Blob could not be read. */
  failed(error: Error): void;
}

/**
 * Keeps messages in order while the bytes of a Blob among them are being read. Made for the first Blob
 * and dropped when nothing waits any more, so that connections without Blobs know nothing of it.
 */
export class SendSequence {
  /** Payload bytes that wait. */
  bytes = 0;
  private readonly jobs: SendJob[] = [];
  private running = false;

  /** @param emptied called when nothing waits any more */
  constructor(private readonly emptied: () => void) {}

  add(job: SendJob): void {
    this.bytes += job.size;
    this.jobs.push(job);
    if (!this.running) this.run();
  }

  private run(): void {
    this.running = true;
    for (let job = this.jobs[0]; job !== undefined; job = this.jobs[0]) {
      if (job.blob !== null) {
        this.read(job, job.blob);
        return;
      }
      this.shift(job);
      let sent = false;
      try {
        job.send(null);
        sent = true;
      } finally {
        // One that throws must not hold up those behind it.
        if (!sent) process.nextTick(() => this.run());
      }
    }
    this.running = false;
    this.emptied();
  }

  private read(job: SendJob, blob: Blob): void {
    const go = (act: () => void): void => {
      this.shift(job);
      // Outside of the promise: what throws is an uncaught exception and not a rejection.
      process.nextTick(() => {
        try {
          act();
        } finally {
          this.run();
        }
      });
    };
    blob.arrayBuffer().then(
      (bytes) => go(() => job.send(Buffer.from(bytes))),
      (error: Error) => go(() => job.failed(error)),
    );
  }

  private shift(job: SendJob): void {
    this.bytes -= job.size;
    this.jobs.shift();
  }
}
