import type { Client } from './client.js';
import type { Clock } from './support/clock.js';
import type { Off } from './support/off.js';
import type { Frame } from './wire/frame.js';

/** What functions that stand beside a client build on: mail, uploads, tools. Not for applications. */
export interface Inner {
  readonly clock: Clock;
  /** Hears every frame of either direction, before anything is done with it. */
  onFrame(listener: (direction: 'in' | 'out', frame: Frame) => void): Off;
  /** Hears binary messages, where the codec is one of texts. */
  onBytes(listener: (bytes: ArrayBuffer) => void): Off;
  /** Hears that messages flow, and that they do no more. */
  onOpen(listener: () => void): Off;
  onLost(listener: () => void): Off;
  /** @returns false when there is no open connection; nothing waits */
  send(frame: Frame): boolean;
  sendBytes(bytes: Uint8Array<ArrayBuffer>): boolean;
  /** Bytes that wait in the socket. */
  buffered(): number;
  /** Hands an error that nobody waits for to the application. */
  report(error: unknown): void;
}

const inners = new WeakMap<object, Inner>();

/** Makes a client known to `innerOf`. */
export function setInner(client: object, inner: Inner): void {
  inners.set(client, inner);
}

/** @throws {TypeError} for what `connect` has not made */
export function innerOf(client: Pick<Client, 'connect'>): Inner {
  const inner = inners.get(client);
  if (inner === undefined) throw new TypeError('Cannot use client: connect() has not made it');
  return inner;
}
