import { beforeEach, describe, expect, it } from '@jest/globals';
import { ARENA_SIZE, OutputArena } from './output-arena.js';

describe('output arena', () => {
  let arena: OutputArena;

  beforeEach(() => {
    arena = new OutputArena();
  });

  it('is free and empty until someone claims it', () => {
    expect([arena.owner, arena.length]).toEqual([null, 0]);
    expect(arena.bytes.length).toBe(ARENA_SIZE);
  });

  it('knows its owner and how far the owner has written', () => {
    const owner = {};
    arena.claim(owner);
    expect(arena.owner).toBe(owner);
    arena.extend(100);
    expect(arena.length).toBe(100);
    arena.release();
    expect([arena.owner, arena.length]).toEqual([null, 0]);
  });

  it('starts at 0 for each owner', () => {
    arena.claim({});
    arena.extend(100);
    arena.claim({});
    expect(arena.length).toBe(0);
  });

  it('is the same memory for the next owner once it is released', () => {
    const bytes = arena.bytes;
    arena.claim({});
    arena.release();
    expect(arena.bytes).toBe(bytes);
  });

  it('is other memory for the next owner when the last one surrendered it', () => {
    const bytes = arena.bytes;
    arena.claim({});
    arena.surrender();
    expect(arena.owner).toBeNull();
    expect(arena.bytes.buffer).not.toBe(bytes.buffer);
    expect(arena.bytes.length).toBe(ARENA_SIZE);
  });

  it("does not share memory with Node's pool of small buffers", () => {
    expect(arena.bytes.buffer.byteLength).toBe(ARENA_SIZE);
    arena.surrender();
    expect(arena.bytes.buffer.byteLength).toBe(ARENA_SIZE);
  });
});
