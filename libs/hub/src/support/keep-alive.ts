/** The longest Node waits without counting in overflows. */
const LONG = 0x7fff_ffff;

/** Keeps the process alive while something is waited for that no socket stands for. */
export class KeepAlive {
  #timer: NodeJS.Timeout | undefined;

  hold(): void {
    this.#timer ??= setInterval(() => {}, LONG);
  }

  release(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
