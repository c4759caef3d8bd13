import type { Duplex } from 'node:stream';
import { readSocket } from './socket-reader.js';

/** Told what happens to its socket. */
export interface SocketOwner {
  /** The first `length` bytes of `chunk` came; they are only valid during the call. */
  received(chunk: Buffer, length: number): void;
  /** The peer's FIN. */
  socketEnded(): void;
  socketFailed(error: Error): void;
  /** Last, once. */
  socketClosed(): void;
}

const kOwner = Symbol('owner');

interface OwnedSocket extends Duplex {
  [kOwner]: SocketOwner;
}

/** Marks a socket as taken, for whoever it will belong to. @returns false when it was taken before */
export function claimSocket(socket: Duplex & { [kOwner]?: SocketOwner | null }): boolean {
  if (socket[kOwner] !== undefined) return false;
  // The property of the later owner, for one more would cost every open connection.
  socket[kOwner] = null;
  return true;
}

/** Whether it was marked as taken. */
export function isSocketClaimed(socket: Duplex & { [kOwner]?: SocketOwner | null }): boolean {
  return socket[kOwner] !== undefined;
}

// Shared functions, no closures: an idle connection should cost little more than its socket.

/** From here on `owner` hears of the socket's end. */
export function ownSocket(socket: Duplex, owner: SocketOwner): void {
  (socket as OwnedSocket)[kOwner] = owner;
  // The end of the other side is for the owner to answer, who may have something left to do.
  socket.allowHalfOpen = true;
  socket.on('error', onError);
  socket.on('close', onClose);
  socket.on('end', onEnd);
}

/** From here on the owner of `socket` is given what it receives; what came before comes at once. */
export function readOwned(socket: Duplex, node: boolean): void {
  readSocket(socket, onRead, node);
}

function onRead(this: Duplex, length: number, chunk: Buffer): void {
  (this as OwnedSocket)[kOwner].received(chunk, length);
}

function onEnd(this: OwnedSocket): void {
  this[kOwner].socketEnded();
}

function onError(this: OwnedSocket, error: Error): void {
  this[kOwner].socketFailed(error);
}

function onClose(this: OwnedSocket): void {
  this[kOwner].socketClosed();
}
