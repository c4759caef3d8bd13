import type { MailLocks } from '../mail/mail-locks.js';

interface Waiting {
  readonly grant: () => void;
}

/** What `navigator.locks` of one browser is to all its tabs. */
export class MemoryLocks implements MailLocks {
  readonly names: string[] = [];
  readonly #held = new Map<string, Waiting[]>();

  request(
    name: string,
    { ifAvailable = false, signal }: Parameters<MailLocks['request']>[1],
    held: (lock: unknown) => unknown,
  ): Promise<unknown> {
    this.names.push(name);
    if (signal !== undefined && ifAvailable) {
      return Promise.reject(new DOMException('Both', 'NotSupportedError'));
    }
    const queue = this.#held.get(name);
    if (queue === undefined) return this.#hold(name, held);
    if (ifAvailable) return Promise.resolve(held(null));
    return new Promise((resolve, reject) => {
      const waiting = { grant: () => resolve(this.#hold(name, held)) };
      queue.push(waiting);
      signal?.addEventListener('abort', () => {
        const at = queue.indexOf(waiting);
        if (at >= 0) queue.splice(at, 1);
        reject(new DOMException('Aborted', 'AbortError'));
      });
    });
  }

  async #hold(name: string, held: (lock: unknown) => unknown): Promise<unknown> {
    const queue = this.#held.get(name) ?? [];
    this.#held.set(name, queue);
    try {
      return await held({ name });
    } finally {
      const next = queue.shift();
      this.#held.delete(name);
      if (next !== undefined) {
        this.#held.set(name, queue);
        next.grant();
      }
    }
  }
}
