import { Inject, Logger } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { WS_OPTIONS } from './ws.module-definition.js';

/** Where Nest puts the modules of the application when it makes a gateway. */
const MODULES = Symbol('nestwire modules');

/**
 * Warns when Nest makes a gateway in an application without `WsModule`: none of our code would run there,
 * and clients would get 404. Nest itself is asked for its modules, by an injected property, so a gateway that
 * is made with `new` is left alone.
 */
export function watchForModule(type: { readonly name: string; readonly prototype: unknown }): void {
  const { prototype } = type;
  if (typeof prototype !== 'object' || prototype === null) return;
  const warned = new WeakSet<object>();
  Object.defineProperty(prototype, MODULES, {
    configurable: true,
    set(this: object, modules: ModulesContainer) {
      // Once for each application, however many instances there are.
      if (warned.has(modules)) return;
      warned.add(modules);
      for (const { providers } of modules.values()) if (providers.has(WS_OPTIONS)) return;
      new Logger('WsModule', { timestamp: true }).warn(
        `Cannot serve gateway ${this.constructor.name}: WsModule is not imported, expected WsModule.forRoot() among the imports of a module`,
      );
    },
  });
  Inject(ModulesContainer)(prototype, MODULES);
}
