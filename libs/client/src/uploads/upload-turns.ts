import { ClientError } from '../support/client-error.js';

/** Uploads of a client at a time; the server has a bound of its own. */
const AT_ONCE = 3;

/** Who uploads, and who waits for that. */
export class UploadTurns {
  #running = 0;
  readonly #waiting = new Set<() => void>();

  /** @throws {ClientError} ABORTED */
  take(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(begin);
        reject(new ClientError('ABORTED', 'Aborted', { cause: signal?.reason }));
      };
      const begin = (): void => {
        signal?.removeEventListener('abort', abort);
        this.#running += 1;
        resolve();
      };
      if (signal?.aborted === true) abort();
      else if (this.#running < AT_ONCE) begin();
      else {
        signal?.addEventListener('abort', abort);
        this.#waiting.add(begin);
      }
    });
  }

  /** The next one begins. */
  end(): void {
    this.#running -= 1;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next();
  }
}
