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

  it('may be kept by one writer at a time', () => {
    const [one, other] = [{}, {}];
    expect(arena.claimIfFree(one)).toBe(true);
    expect(arena.claimIfFree(other)).toBe(false);
    expect(arena.owner).toBe(one);
    arena.release();
    expect(arena.claimIfFree(other)).toBe(true);
  });

  it('may be kept by nobody else while a chunk is parsed', () => {
    const [receiver, other] = [{}, {}];
    arena.beginChunk(receiver);
    expect(arena.receiving).toBe(receiver);
    expect(arena.claimIfFree(other)).toBe(false);
    expect(arena.claimIfFree(receiver)).toBe(true);
    arena.release();
    arena.endChunk();
    expect(arena.receiving).toBeNull();
    expect(arena.claimIfFree(other)).toBe(true);
  });

  it('knows its writer and the receiver, and nobody after them', () => {
    const [receiver, writer] = [{}, {}];
    arena.beginChunk(receiver);
    arena.claim(writer);
    arena.extend(10);
    expect([receiver, writer, {}].map((one) => arena.knows(one))).toEqual([true, true, false]);
    expect([receiver, writer].map((one) => arena.heldFor(one))).toEqual([0, 10]);
    arena.endChunk();
    arena.release();
    expect([receiver, writer].map((one) => arena.knows(one))).toEqual([false, false]);
    expect(arena.heldFor(writer)).toBe(0);
  });

  it('holds what was written', () => {
    arena.claim({});
    arena.extend(arena.bytes.write('abc'));
    expect(arena.written.toString()).toBe('abc');
  });

  it('is filled with the header and the start of a frame that is larger', () => {
    const payload = Buffer.alloc(ARENA_SIZE, 7);
    arena.claim({});
    expect(arena.fill(0x82, payload)).toBe(ARENA_SIZE - 10);
    const [head, start] = [arena.written.subarray(0, 10), arena.written.subarray(10)];
    expect(head.toString('hex')).toBe('827f0000000000010000');
    expect(start.equals(payload.subarray(10))).toBe(true);
  });
});
