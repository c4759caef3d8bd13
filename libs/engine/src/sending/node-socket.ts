import { Socket } from 'node:net';
import { Duplex, Writable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { types } from 'node:util';

/** PRIVATE to Node: the steps of a socket's write, and what it writes to. */
interface Internals {
  readonly write: unknown;
  readonly _write: unknown;
  readonly _writev: unknown;
  readonly _writeGeneric: unknown;
  readonly _writableState?: { readonly length: number };
  readonly _handle?: Handle | null;
}

interface Handle {
  readonly constructor?: { readonly name?: unknown };
  /** Of TLS: what it is encrypted for. */
  readonly _parent?: Handle | null;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see Internals
const { write } = Duplex.prototype as unknown as Internals;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see Internals
const { _write, _writev, _writeGeneric } = Socket.prototype as unknown as Internals;

/** What a handle writes with; a native one has all of it from its prototypes. */
const HANDLE_METHODS = ['writeBuffer', 'writev', 'readStart'];

/**
 * Whether this process's sockets write as Node's do: a recorder may have patched the classes before this
 * module was loaded. Where Node writes in another way nothing is lent, which costs a copy.
 */
const nodeIsUntouched =
  !Object.hasOwn(Socket.prototype, 'write') &&
  !Object.hasOwn(TLSSocket.prototype, 'write') &&
  write === Reflect.get(Writable.prototype, 'write') &&
  says(write, '_write(this, chunk, encoding, cb)') &&
  says(_write, 'this._writeGeneric(false, data') &&
  says(_writev, 'this._writeGeneric(true, chunks') &&
  says(_writeGeneric, 'writeGeneric(this, data, encoding, cb)');

function says(method: unknown, text: string): boolean {
  return typeof method === 'function' && Function.prototype.toString.call(method).includes(text);
}

/**
 * Whether `socket` is Node's own, TCP, pipe or TLS upon them, with nothing in between: then what it was
 * given is in the hands of the operating system once nothing is left in it, and what it hands out is
 * nobody else's. Any other stream may keep both for as long as it likes, or change them. Whether its
 * methods are wrapped is for `isUntouched` to say.
 */
export function isNodeSocket(socket: Duplex): boolean {
  if (!nodeIsUntouched || types.isProxy(socket)) return false;
  const prototype: unknown = Object.getPrototypeOf(socket);
  if (prototype !== Socket.prototype && prototype !== TLSSocket.prototype) return false;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see Internals
  let handle = (socket as unknown as Internals)._handle;
  while (isNative(handle, 'TLSWrap')) handle = handle._parent;
  return isNative(handle, 'TCP') || isNative(handle, 'Pipe');
}

/** Whether nobody has wrapped what a socket of Node writes with, up to now. */
export function isUntouched(socket: Duplex): boolean {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see Internals
  const internals = socket as unknown as Internals;
  return (
    internals.write === write &&
    internals._write === _write &&
    internals._writev === _writev &&
    internals._writeGeneric === _writeGeneric
  );
}

/** Whether nothing is left in a socket of Node, whatever its `writableLength` has been made to say. */
export function holdsNothing(socket: Duplex): boolean {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see Internals
  return (socket as unknown as Internals)._writableState?.length === 0;
}

// Those already read: every handle has the same ones.
const natives = new WeakSet<object>();

function isNative(handle: Handle | null | undefined, name: string): handle is Handle {
  if (handle == null || types.isProxy(handle) || handle.constructor?.name !== name) return false;
  return HANDLE_METHODS.every((method) => {
    const found: unknown = Reflect.get(handle, method);
    if (Object.hasOwn(handle, method) || typeof found !== 'function') return false;
    if (!natives.has(found) && says(found, '[native code]')) natives.add(found);
    return natives.has(found);
  });
}
