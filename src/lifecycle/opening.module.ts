import { Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

/** Below every module of the application: the root has 1, and Nest counts up from there. */
const LAST = -1;

/**
 * Knows when the application has bootstrapped: when the `onApplicationBootstrap` of every module has
 * settled, the root's included. Clients let in before would meet services that are not ready.
 *
 * Nest runs hooks from the most distant module to the root, and global modules first of all. So a
 * module of its own, with the least distance, is where the end of the bootstrap can be seen.
 */
@Injectable()
export class Opening implements OnApplicationBootstrap {
  readonly #tasks: (() => unknown)[] = [];

  constructor(modules: ModulesContainer) {
    for (const module of modules.values()) {
      // The order of hooks is fixed by the first of them, when every provider has been constructed.
      if (module.metatype === OpeningModule) module.distance = LAST;
    }
  }

  /** @param task what to do then; when it throws or rejects, the application does not start */
  onOpening(task: () => unknown): void {
    this.#tasks.push(task);
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const task of this.#tasks.splice(0)) await task();
  }
}

@Module({ providers: [Opening], exports: [Opening] })
export class OpeningModule {}
