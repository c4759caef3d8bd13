import { setImmediate as nextTurn } from 'node:timers/promises';

/** Frames the streams of one connection send together before others get their turn. */
const FRAMES_PER_TURN = 64;

/** Makes the streams of one connection wait for a turn: generators may never wait for anything. */
export class FrameTurn {
  #frames = 0;
  #next: Promise<void> | undefined;

  /** Counts a frame. */
  count(): void {
    if (++this.#frames < FRAMES_PER_TURN || this.#next !== undefined) return;
    this.#next = nextTurn().then(() => {
      this.#frames = 0;
      this.#next = undefined;
    });
  }

  /** What has to be waited for before the next frame; undefined while there is nothing. */
  get over(): Promise<void> | undefined {
    return this.#next;
  }
}
