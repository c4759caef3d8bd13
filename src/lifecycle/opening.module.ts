import {
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

/** Below every module of the application: the root has 1, and Nest counts up from there. */
const LAST = -1;

/**
 * Knows when the application has bootstrapped, which is when the `onApplicationBootstrap` of every module
 * has settled, the root's included, and when it begins to close, before the `onModuleDestroy` of any.
 * Clients let in before or after would meet services that are not ready, or destroyed.
 *
 * Nest runs hooks from the most distant module to the root, and global modules first of all; those of the
 * end in the reverse order. So a module of its own, with the least distance, is where both can be seen.
 */
@Injectable()
export class Opening implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #opening: (() => unknown)[] = [];
  readonly #closing = new Set<() => unknown>();
  #isClosing = false;

  constructor(modules: ModulesContainer) {
    for (const module of modules.values()) {
      // The order of hooks is fixed by the first of them, when every provider has been constructed.
      if (module.metatype === OpeningModule) module.distance = LAST;
    }
  }

  /** @param task what to do then; when it throws or rejects, the application does not start */
  onOpening(task: () => unknown): void {
    this.#opening.push(task);
  }

  /**
   * @param task what to do first of all when the application closes, together with the other tasks; it
   *   waits for them
   * @returns takes the task back
   */
  onClosing(task: () => unknown): () => void {
    this.#closing.add(task);
    return () => this.#closing.delete(task);
  }

  async onApplicationBootstrap(): Promise<void> {
    // What closes while it starts does not open any more.
    for (const task of this.#opening.splice(0)) if (!this.#isClosing) await task();
  }

  async onModuleDestroy(): Promise<void> {
    this.#isClosing = true;
    const tasks = [...this.#closing];
    this.#closing.clear();
    // One that fails must not be the reason that another has not been run to its end.
    const results = await Promise.allSettled(tasks.map(async (task) => task()));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

@Module({ providers: [Opening], exports: [Opening] })
export class OpeningModule {}
