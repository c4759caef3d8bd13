import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ARENA_SIZE,
  arenaBytes,
  arenaLength,
  arenaOwner,
  claimArena,
  extendArena,
  releaseArena,
  surrenderArena,
} from './output-arena.js';

describe('output arena', () => {
  afterEach(releaseArena);

  it('is free and empty until someone claims it', () => {
    expect([arenaOwner(), arenaLength()]).toEqual([null, 0]);
    expect(arenaBytes().length).toBe(ARENA_SIZE);
  });

  it('knows its owner and how far the owner has written', () => {
    const owner = {};
    claimArena(owner);
    expect(arenaOwner()).toBe(owner);
    extendArena(100);
    expect(arenaLength()).toBe(100);
    releaseArena();
    expect([arenaOwner(), arenaLength()]).toEqual([null, 0]);
  });

  it('starts at 0 for each owner', () => {
    claimArena({});
    extendArena(100);
    claimArena({});
    expect(arenaLength()).toBe(0);
  });

  it('is the same memory for the next owner once it is released', () => {
    const bytes = arenaBytes();
    claimArena({});
    releaseArena();
    expect(arenaBytes()).toBe(bytes);
  });

  it('is other memory for the next owner when the last one surrendered it', () => {
    const bytes = arenaBytes();
    claimArena({});
    surrenderArena();
    expect(arenaOwner()).toBeNull();
    expect(arenaBytes().buffer).not.toBe(bytes.buffer);
    expect(arenaBytes().length).toBe(ARENA_SIZE);
  });

  it("does not share memory with Node's pool of small buffers", () => {
    expect(arenaBytes().buffer.byteLength).toBe(ARENA_SIZE);
    surrenderArena();
    expect(arenaBytes().buffer.byteLength).toBe(ARENA_SIZE);
  });
});
