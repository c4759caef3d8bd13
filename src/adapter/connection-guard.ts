import type { ModulesContainer } from '@nestjs/core';
import { isRecord } from '../support/is-record.js';
import type { ClientSession } from './client-session.js';

/** Where Nest marks the classes of `@WebSocketGateway`. */
const STANDARD_GATEWAY = 'websockets:is_gateway';

type Hook = (this: object, client: object, ...rest: unknown[]) => unknown;
type HookName = 'handleConnection' | 'handleDisconnect';

/**
 * Stands between Nest and the hooks of the standard gateways. Nest calls them and forgets what they
 * return, so a promise is not waited for and an error, thrown or rejected, ends the process. The adapter
 * is never told: the only place to learn of it is the hook itself.
 */
export class ConnectionGuard {
  readonly #sessionOf: (client: object) => ClientSession | undefined;
  readonly #restore: (() => void)[] = [];

  /** @param sessionOf the session of a client of this adapter; others are left alone */
  constructor(sessionOf: (client: object) => ClientSession | undefined) {
    this.#sessionOf = sessionOf;
  }

  /** Wraps the hooks of every gateway; has to happen before Nest binds the first. */
  install(modules: ModulesContainer): void {
    for (const { providers } of modules.values()) {
      for (const wrapper of providers.values()) {
        const { metatype, isNotMetatype } = wrapper;
        if (isNotMetatype || typeof metatype !== 'function') continue;
        if (Reflect.getMetadata(STANDARD_GATEWAY, metatype) !== true) continue;
        // Of a request-scoped gateway Nest makes an instance per client; they share the prototype.
        const isStatic = wrapper.isDependencyTreeStatic();
        const target: unknown = isStatic ? wrapper.instance : metatype.prototype;
        if (!isRecord(target)) continue;
        this.#wrap(target, 'handleConnection', (session, gateway, hook) => {
          if (session.hasConnected(gateway)) return hook();
          session.connect(gateway, hook);
          return undefined;
        });
        this.#wrap(target, 'handleDisconnect', (session, gateway, hook) => {
          if (!session.isLeaving(gateway)) return hook();
          session.disconnect(gateway, hook);
          return undefined;
        });
      }
    }
  }

  uninstall(): void {
    for (const restore of this.#restore.splice(0)) restore();
  }

  #wrap(
    target: Record<string, unknown>,
    name: HookName,
    around: (session: ClientSession, gateway: object, hook: () => unknown) => unknown,
  ): void {
    const original = target[name];
    if (!isHook(original)) return;
    const sessionOf = this.#sessionOf;
    const guarded: Hook = function (client, ...rest) {
      const hook = (): unknown => original.call(this, client, ...rest);
      const session = isRecord(client) ? sessionOf(client) : undefined;
      return session === undefined ? hook() : around(session, this, hook);
    };
    const own = Object.getOwnPropertyDescriptor(target, name);
    const done = Reflect.defineProperty(target, name, {
      value: guarded,
      configurable: true,
      writable: true,
      enumerable: own?.enumerable ?? false,
    });
    if (!done) return;
    this.#restore.push(() => {
      if (own === undefined) Reflect.deleteProperty(target, name);
      else Reflect.defineProperty(target, name, own);
    });
  }
}

function isHook(value: unknown): value is Hook {
  return typeof value === 'function';
}
