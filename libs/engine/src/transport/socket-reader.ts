import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { inputBuffer } from '../bytes/input-buffer.js';
import { isNodeSocket } from '../sending/node-socket.js';

/**
 * Told what was read: the first `length` bytes of `buffer`, which are only valid during the call. It is
 * called as a method of the socket.
 */
export type OnRead = (this: Duplex, length: number, buffer: Buffer) => void;

/**
 * PRIVATE to Node: where a socket keeps the `onread` option of `net.connect()`, with which it reads into
 * one buffer instead of a new one of 64 KiB each time, at two thirds of the cost of a small message.
 * The option is public, but not for sockets a server accepts: those are given its parts by hand.
 */
interface OnReadKeys {
  readonly buffer: symbol;
  readonly callback: symbol;
}

interface Handle {
  useUserBuffer?(buffer: Buffer): void;
}

/** What a socket has at the keys, and its handle. */
type Internals = Record<symbol, unknown> & { readonly _handle?: Handle | null };

/** Finds them by using the public option, or returns null where it works differently. */
export function findOnReadKeys(platform: string = process.platform): OnReadKeys | null {
  // Windows is told the buffer before there is anything to read: one cannot serve several sockets.
  if (platform === 'win32') return null;
  const buffer = Buffer.alloc(1);
  // Documented for `net.connect()`, which passes it on; missing in Node's types for the constructor.
  const options: object = { onread: { buffer, callback: ignore } };
  const socket = new Socket(options);
  const keyOf = (value: unknown): symbol | undefined =>
    Object.getOwnPropertySymbols(socket).find((key) => Reflect.get(socket, key) === value);
  const keys = { buffer: keyOf(buffer), callback: keyOf(ignore) };
  return keys.buffer === undefined || keys.callback === undefined
    ? null
    : { buffer: keys.buffer, callback: keys.callback };
}

function ignore(): boolean {
  return true;
}

const onReadKeys = findOnReadKeys();

/**
 * Has `onRead` called with what `socket` receives from here on, once it flows: from the process's input
 * buffer where that is possible, else from `data` events. What it received before comes first, at once.
 * @param node whether it is known to be Node's own: only that is read in place, for any other stream may
 *   hand over bytes while those of another one are being parsed
 */
export function readSocket(
  socket: Duplex,
  onRead: OnRead,
  node: boolean = isNodeSocket(socket),
  keys: OnReadKeys | null = onReadKeys,
): void {
  // Otherwise it would be emitted to nobody once the socket reads elsewhere.
  const early = readBuffered(socket);
  if (!node) {
    readForeign(socket, onRead, early);
    return;
  }
  if (keys === null || !readInPlace(socket, onRead, keys)) {
    socket.on('data', function onData(this: Duplex, chunk: Buffer) {
      // Another listener gets the same bytes, and here they are changed.
      const own = this.listenerCount('data') > 1 ? Buffer.from(chunk) : chunk;
      onRead.call(this, own.length, own);
    });
  }
  if (early !== null) onRead.call(socket, early.length, early);
}

/** All that a stream has received and nobody has read. */
export function readBuffered(socket: Duplex): Buffer | null {
  const parts: Buffer[] = [];
  // From Node 26 on `read()` hands out one chunk, before that all of them.
  while (socket.readableLength > 0) {
    const part = socket.read() as Buffer | null;
    if (part === null) break;
    parts.push(part);
  }
  return parts.length === 0 ? null : parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/**
 * What a stream hands out may be somebody else's, too, and is copied, for it is changed here. A stream
 * within the process may answer at once what is sent while its bytes are parsed: that waits its turn.
 */
function readForeign(socket: Duplex, onRead: OnRead, early: Buffer | null): void {
  const waiting: Buffer[] = [];
  let reading = false;
  function onData(this: Duplex, chunk: Buffer): void {
    waiting.push(Buffer.from(chunk));
    if (reading) return;
    reading = true;
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        onRead.call(this, next.length, next);
      }
    } finally {
      reading = false;
    }
  }
  socket.on('data', onData);
  if (early !== null) onData.call(socket, early);
}

function readInPlace(socket: Duplex, onRead: OnRead, keys: OnReadKeys): boolean {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see OnReadKeys
  const internals = socket as unknown as Internals;
  const handle = internals._handle;
  const isFree = internals[keys.buffer] === null && internals[keys.callback] === null;
  if (!isFree || typeof handle?.useUserBuffer !== 'function') return false;
  internals[keys.buffer] = inputBuffer;
  internals[keys.callback] = onRead;
  handle.useUserBuffer(inputBuffer);
  return true;
}
