import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { isEnclosed } from '#hub';

/** Of four arguments, as messages have: gathering them into an array would cost more than the scope. */
type Call<A, B, C, D> = (a: A, b: B, c: C, d: D) => unknown;

const OPTIONS = { requireManualDestroy: true };

// Looked up once: behind the prototype of a watched resource it would be found the long way.
// oxlint-disable-next-line typescript/unbound-method -- is called with the resource
const run = AsyncResource.prototype.runInAsyncScope;

/**
 * Whether a resource keeps the store that was entered in it: up to Node 22 stores are properties of
 * resources, from Node 24 on they are not.
 */
const KEEPS_STORES = keepsStores();

/**
 * Gives what calls share a clean asynchronous context: what one enters with `AsyncLocalStorage.enterWith`
 * is not there for the next. It is the context of the start of the application, and it costs some 25 ns,
 * a fifth of an `AsyncResource` for each call, and no memory: the same resource serves call after call,
 * until somebody has written to it. Within what encloses a message (`isEnclosed`) the context is that.
 */
export function inReusedScope<A, B, C, D>(call: Call<A, B, C, D>): Call<A, B, C, D> {
  const origin = new AsyncResource('NestwireHandler', OPTIONS);
  let resource = KEEPS_STORES ? undefined : origin;
  const written = (): void => {
    resource = undefined;
  };
  return (a, b, c, d) => {
    // A context that somebody has put around this message: a scope of its own, made of that.
    if (isEnclosed()) {
      return run.call(new AsyncResource('NestwireHandler', OPTIONS), call, undefined, a, b, c, d);
    }
    resource ??= origin.runInAsyncScope(watchedResource, undefined, written);
    return run.call(resource, call, undefined, a, b, c, d);
  };
}

/**
 * A resource that tells when somebody writes to it. A store that is new to it is a new property, and setting
 * one asks the prototype first; those it was made with become accessors.
 */
function watchedResource(written: () => void): AsyncResource {
  const resource = new AsyncResource('NestwireMessage', OPTIONS);
  const ids: readonly unknown[] = [resource.asyncId(), resource.triggerAsyncId()];
  for (const key of Object.getOwnPropertySymbols(resource)) {
    let value: unknown = Reflect.get(resource, key);
    if (ids.includes(value)) continue;
    Object.defineProperty(resource, key, {
      configurable: true,
      get: () => value,
      set(changed: unknown) {
        written();
        value = changed;
      },
    });
  }
  const prototype = new Proxy(AsyncResource.prototype, {
    set(_target, key, value: unknown, receiver: object) {
      written();
      const property = { value, writable: true, enumerable: true, configurable: true };
      return Reflect.defineProperty(receiver, key, property);
    },
  });
  Object.setPrototypeOf(resource, prototype);
  return resource;
}

function keepsStores(): boolean {
  const probe = new AsyncLocalStorage<true>();
  const resource = new AsyncResource('NestwireProbe', OPTIONS);
  resource.runInAsyncScope(() => probe.enterWith(true));
  const keeps = resource.runInAsyncScope(() => probe.getStore() === true);
  // Node watches every promise of the process as long as a storage is in use.
  probe.disable();
  return keeps;
}
