/**
 * Lines that the server has not confirmed, in the order they were written: one is asked at a time. What
 * was asked on a connection that broke is asked again on the next, so a line may arrive twice; its key
 * tells.
 */
export class Outbox {
  #lines = [];
  #ask;
  #changed;
  #asked = null;
  #open = false;
  #timer = 0;

  /**
   * `ask(line)` sends it and returns the id of its answer, null without a connection. `changed(lines)`
   * gets the lines that wait.
   */
  constructor(ask, changed) {
    this.#ask = ask;
    this.#changed = changed;
  }

  add(line) {
    this.#lines.push(line);
    this.#changed(this.#lines);
    this.#next();
  }

  /** In the room, with everything that was missed. */
  resume() {
    this.#open = true;
    this.#asked = null;
    this.#next();
  }

  /** The connection is gone, and answers with it. */
  pause() {
    this.#open = false;
    this.#asked = null;
    clearTimeout(this.#timer);
  }

  /** A line has arrived for good, or will never. */
  said(id) {
    if (id === this.#asked) this.forget(this.#lines[0]?.key);
  }

  /** A line has been seen in the room, its answer or not. */
  forget(key) {
    if (this.#lines[0]?.key === key) this.#asked = null;
    this.#lines = this.#lines.filter((line) => line.key !== key);
    this.#changed(this.#lines);
    this.#next();
  }

  failed(id, retryAfter) {
    if (id !== this.#asked) return;
    this.#asked = null;
    this.#timer = setTimeout(() => this.#next(), retryAfter);
  }

  #next() {
    clearTimeout(this.#timer);
    const [line] = this.#lines;
    if (!this.#open || this.#asked !== null || line === undefined) return;
    this.#asked = this.#ask(line);
  }
}
