const WASM_PAGE = 64 * 1024;

// In Node always, in `lib.dom.d.ts` only: the part of it that is used here.
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number; maximum: number }) => { buffer: ArrayBuffer };
};

/**
 * Memory in pages of its own, which the system has back once it is collected, in whole 64 KiB. What
 * `malloc` gives lies between what others hold, and stays with the process when it is free: after a peer
 * has had a queue grow to hundreds of megabytes, for good. It costs 1 us more for each KiB, for the system
 * clears it; and a process has some 13,000 such pieces: for what is large and rare.
 */
export function pageMemory(size: number): Buffer {
  const pages = Math.ceil(size / WASM_PAGE);
  try {
    return Buffer.from(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
  } catch {
    // Where addresses are limited, or so many pieces are there already.
    return Buffer.allocUnsafeSlow(pages * WASM_PAGE);
  }
}
