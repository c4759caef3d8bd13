import type { SendCallback } from '#engine';
import { toBytes } from '#ws';

type Job = (bytes: Buffer, next: () => void) => void;

/** Lets messages go one after another, while a Blob is read or one is compressed. */
export class SendOrder {
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  /**
   * @param send called with the bytes of `data` in their turn; it calls `next` when it is done
   * @param failed told why a Blob could not be read
   */
  add(data: unknown, send: Job, failed?: SendCallback): void {
    const next = (): void => {
      const job = this.#waiting.shift();
      if (job === undefined) this.#busy = false;
      else job();
    };
    const run = (): void => {
      if (!(data instanceof Blob)) {
        send(toBytes(data), next);
        return;
      }
      data.arrayBuffer().then(
        (bytes) => process.nextTick(send, Buffer.from(bytes), next),
        (error: Error) => {
          process.nextTick(() => failed?.(error));
          process.nextTick(next);
        },
      );
    };
    if (this.#busy) this.#waiting.push(run);
    else {
      this.#busy = true;
      run();
    }
  }
}
