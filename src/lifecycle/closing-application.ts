import type { ModulesContainer } from '@nestjs/core';
import { isRecord } from '../support/is-record.js';
import { Opening, OpeningModule } from './opening.module.js';

/** What Nest 11 and 12 call first when an application closes, for whatever reason: all `onModuleDestroy`. */
const DESTROY_HOOK = 'callDestroyHook';

/**
 * Runs a task before the `onModuleDestroy` of anybody, which waits for it: together with the draining of
 * `WsModule` where that is imported, and by a method of the application otherwise.
 *
 * @param application one of `NestFactory`, or of a testing module; with another the task never runs
 * @returns takes the task back
 */
export function beforeClosing(
  application: object,
  modules: ModulesContainer,
  task: () => Promise<void>,
): () => void {
  const opening = openingOf(modules);
  if (opening !== undefined) return opening.onClosing(task);
  // Through the proxies of `NestFactory` what is read is no longer the method, and what is set is lost;
  // what is defined is on the application itself.
  const own = Reflect.getOwnPropertyDescriptor(application, DESTROY_HOOK);
  const prototype: unknown = Reflect.getPrototypeOf(application);
  const destroy: unknown =
    own?.value ?? (isRecord(prototype) ? prototype[DESTROY_HOOK] : undefined);
  if (typeof destroy !== 'function') return () => {};
  const value = async function (this: unknown, ...args: unknown[]): Promise<void> {
    await task();
    await destroy.apply(this, args);
  };
  Reflect.defineProperty(application, DESTROY_HOOK, { value, configurable: true, writable: true });
  return () => {
    if (Reflect.getOwnPropertyDescriptor(application, DESTROY_HOOK)?.value !== value) return;
    if (own === undefined) Reflect.deleteProperty(application, DESTROY_HOOK);
    else Reflect.defineProperty(application, DESTROY_HOOK, own);
  };
}

function openingOf(modules: ModulesContainer): Opening | undefined {
  for (const { metatype, providers } of modules.values()) {
    const instance: unknown =
      metatype === OpeningModule ? providers.get(Opening)?.instance : undefined;
    if (instance instanceof Opening) return instance;
  }
  return undefined;
}
