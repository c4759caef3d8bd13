import { inspect } from 'node:util';

/** Exceptions that nobody caught; rejections that nobody handled fail the test by themselves. */
export class StrayErrors {
  private readonly found: unknown[] = [];

  constructor() {
    process.setUncaughtExceptionCaptureCallback((error) => this.found.push(error));
  }

  /** What was not caught since the last call, as an error; undefined when nothing was. */
  take(): Error | undefined {
    const [first] = this.found.splice(0);
    return first === undefined
      ? undefined
      : new Error(`Nobody caught an exception: ${inspect(first)}`, { cause: first });
  }

  stop(): void {
    process.setUncaughtExceptionCaptureCallback(null);
  }
}
