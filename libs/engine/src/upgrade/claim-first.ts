import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** @returns whether the upgrade is taken, so that no listener hears of it */
type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

type Emit = (...args: unknown[]) => boolean;

function inheritedEmit(server: EventEmitter): unknown {
  return Reflect.get(Object.getPrototypeOf(server) as object, 'emit', server);
}

/**
 * Has `take` asked about each upgrade before any listener of `server`. Servers of other libraries answer
 * what is not meant for them, into the connection of whoever has taken it: `ws` with 400. Being the first
 * listener does not help, for all of them are given the same socket.
 * @returns how to end it; null where `emit` of this server cannot be replaced
 */
export function claimFirst(server: EventEmitter, take: TakeUpgrade): (() => void) | null {
  const own = Object.getOwnPropertyDescriptor(server, 'emit');
  let active = true;
  function emitUnclaimed(this: unknown, ...args: unknown[]): boolean {
    if (active && args[0] === 'upgrade') {
      const [, request, socket, head] = args as [string, IncomingMessage, Duplex, Buffer];
      if (take(request, socket, head)) return true;
    }
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
