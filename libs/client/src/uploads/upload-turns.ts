import { ClientError } from '../support/client-error.js';
import type { Clock } from '../support/clock.js';
import type { Off } from '../support/off.js';
import { onAbort } from '../support/on-abort.js';

/** Uploads of a client at a time; the server has a bound of its own. */
const AT_ONCE = 3;

/** Who uploads, and who waits for that. */
export class UploadTurns {
  readonly #clock: Clock;
  #running = 0;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @returns what is left of the timeout
   * @throws {ClientError} ABORTED, EXPIRED
   */
  take(signal: AbortSignal | undefined, timeout: number | undefined): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const since = this.#clock.now();
      const offs: Off[] = [];
      const over = (): void => {
        this.#waiting.delete(begin);
        for (const off of offs) off();
      };
      const fail = (error: ClientError): void => {
        over();
        reject(error);
      };
      const begin = (): void => {
        over();
        this.#running += 1;
        resolve(timeout === undefined ? undefined : timeout - (this.#clock.now() - since));
      };
      offs.push(onAbort(signal, fail));
      if (signal?.aborted === true) return;
      if (this.#running < AT_ONCE) begin();
      else {
        this.#waiting.add(begin);
        if (timeout === undefined) return;
        const late = new ClientError('EXPIRED', 'Cannot upload: others took all of the time');
        offs.push(this.#clock.after(timeout, () => fail(late)));
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
