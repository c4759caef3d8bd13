// A process of the bench: it is asked, and answers, over the channel to its parent.
import { fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class Child {
  #child;
  #waiting = new Map();
  #number = 0;

  /**
   * @param file beside this folder
   * @param task what it is to do, as JSON
   * @param questions what it may ask its parent, by name
   */
  constructor(file, task, { execArgv = [], env = {}, questions = {} } = {}) {
    const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
    this.#child = fork(path, [JSON.stringify(task)], {
      execArgv,
      env: { ...process.env, ...env, NODE_ENV: 'production' },
    });
    running.add(this.#child);
    this.gone = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        running.delete(this.#child);
        const why = new Error(`${file} ended with ${signal ?? code}`);
        for (const { reject } of this.#waiting.values()) reject(why);
        this.#waiting.clear();
        resolve(code);
      });
    });
    const reply = async ({ name, value }) => {
      this.#send({ answer: name, value: await questions[name]?.(value) });
    };
    this.#child.on('message', (message) => {
      const { number, value } = message;
      if (number === undefined) {
        void reply(message);
        return;
      }
      this.#waiting.get(number)?.resolve(value);
      this.#waiting.delete(number);
    });
  }

  /** Lets it run before others, where the system allows that: attackers take no CPU of a server elsewhere. */
  prefer() {
    try {
      setPriority(this.#child.pid, -15);
    } catch {
      // It takes its turns like everybody else.
    }
  }

  get isRunning() {
    return running.has(this.#child);
  }

  /** What it answers to the question `name`. */
  ask(name, value) {
    return new Promise((resolve, reject) => {
      if (!this.isRunning) {
        reject(new Error(`the process asked for ${name} has ended`));
        return;
      }
      const number = this.#number++;
      this.#waiting.set(number, { resolve, reject });
      this.#send({ name, value, number });
    });
  }

  /** Ends it; it is given some time to do so by itself. */
  async stop(patience = 2_000) {
    if (!this.isRunning) return;
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    await this.gone;
    clearTimeout(timer);
  }

  #send(message) {
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
