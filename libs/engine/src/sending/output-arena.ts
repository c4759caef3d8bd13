/**
 * The process's one output buffer. The connection whose chunk is being parsed writes its replies
 * into it back to back, so that they leave with one write, without an allocation each.
 */

/** As much as one write is worth: larger frames get a buffer of their own. */
export const ARENA_SIZE = 64 * 1024;

let bytes = Buffer.allocUnsafeSlow(ARENA_SIZE);
let owner: object | null = null;
let length = 0;

/** Who writes into the arena now, null when it is free. */
export function arenaOwner(): object | null {
  return owner;
}

export function arenaBytes(): Buffer {
  return bytes;
}

export function arenaLength(): number {
  return length;
}

export function claimArena(claimant: object): void {
  owner = claimant;
  length = 0;
}

/** Records that the owner has written up to `end`. */
export function extendArena(end: number): void {
  length = end;
}

/** The owner is done; what it wrote is in the hands of the operating system. */
export function releaseArena(): void {
  owner = null;
  length = 0;
}

/**
 * The owner is done, but the socket still holds on to the bytes, so that they must not change: they
 * stay with it and the next owner gets a new buffer.
 */
export function surrenderArena(): void {
  bytes = Buffer.allocUnsafeSlow(ARENA_SIZE);
  releaseArena();
}
