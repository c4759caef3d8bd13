import type { EventEmitter } from 'node:events';

/** @returns whether it is taken, so that no listener hears of it */
type Take = (...args: never[]) => boolean;

type Emit = (...args: unknown[]) => boolean;

function inheritedEmit(server: EventEmitter): unknown {
  return Reflect.get(Object.getPrototypeOf(server) as object, 'emit', server);
}

/**
 * Has `takers` asked about what their events bring before any listener of `server`. Servers of other
 * libraries answer what is not meant for them, into the connection of whoever has taken it: `ws` with 400.
 * Being the first listener does not help, for all of them are given the same socket.
 * @param takers by the name of the event, whose arguments each is given
 * @returns how to end it; null where `emit` of this server cannot be replaced
 */
export function claimFirst(
  server: EventEmitter,
  takers: Readonly<Record<string, Take>>,
): (() => void) | null {
  const own = Object.getOwnPropertyDescriptor(server, 'emit');
  const byEvent = new Map<unknown, Take>(Object.entries(takers));
  let active = true;
  function emitUnclaimed(this: unknown, ...args: unknown[]): boolean {
    const take = active ? byEvent.get(args[0]) : undefined;
    if (take !== undefined && Reflect.apply(take, undefined, args.slice(1)) === true) return true;
    // Looked up now: a tracer may have replaced that of the class since.
    const emit: unknown = own === undefined ? inheritedEmit(server) : own.value;
    return Reflect.apply(emit as Emit, this, args);
  }
  const isSet = Reflect.defineProperty(server, 'emit', {
    value: emitUnclaimed,
    configurable: true,
    writable: true,
    enumerable: own?.enumerable ?? false,
  });
  if (!isSet) return null;
  return () => {
    active = false;
    // Whoever has replaced it after us still calls ours, which then only passes on.
    if (Reflect.get(server, 'emit') !== emitUnclaimed) return;
    if (own === undefined) Reflect.deleteProperty(server, 'emit');
    else Reflect.defineProperty(server, 'emit', own);
  };
}
