/** Exceptions that nobody caught; rejections that nobody handled fail the test by themselves. */
export class StrayErrors {
  readonly found: unknown[] = [];

  constructor() {
    process.setUncaughtExceptionCaptureCallback((error) => this.found.push(error));
  }

  /** @throws what was not caught since the last call */
  check(): void {
    const [first] = this.found.splice(0);
    if (first !== undefined) throw new Error('Nobody caught an exception', { cause: first });
  }

  stop(): void {
    process.setUncaughtExceptionCaptureCallback(null);
  }
}
