import { heapLimit, memoryLimit } from './process-memory.js';

/** Something that holds bytes for a peer and can be made to let go of them. */
export interface BudgetMember {
  /** Frees what it holds; called when the whole process holds too much and this one the most. */
  budgetExceeded(): void;
}

/** What one member holds. */
interface Holding {
  bytes: number;
  shared: number;
}

/**
 * A limit on what all connections hold together. Each stays within its own limit and a thousand of
 * them still fill the memory; so when the sum is too large, the largest holder has to go first.
 */
export class MemoryBudget {
  private readonly held = new Map<BudgetMember, Holding>();
  // Memory of which several members hold the same bytes: how many of them wait, all told.
  private readonly common = new Map<ArrayBufferLike, number>();
  private total = 0;

  /** @param limit bytes of all members together; 0 = no limit */
  constructor(public limit: number) {}

  /** Bytes held by all members. */
  get used(): number {
    return this.total;
  }

  /**
   * Says that `member` now holds `bytes`; 0 takes it out.
   * @param shared how many of them are in memory that `share` was told of, and are counted there
   */
  set(member: BudgetMember, bytes: number, shared = 0): void {
    const holding = this.held.get(member);
    if (holding === undefined) {
      this.total += bytes - shared;
      if (bytes > 0) this.held.set(member, { bytes, shared });
    } else {
      this.total += bytes - shared - (holding.bytes - holding.shared);
      if (bytes === 0) this.held.delete(member);
      holding.bytes = bytes;
      holding.shared = shared;
    }
    // A lone holder is bounded by its own limit already.
    while (this.limit > 0 && this.total > this.limit && this.held.size > 1) this.evictLargest();
  }

  /** `bytes` of this memory wait somewhere: however often they do, it counts no more than its size. */
  share(memory: ArrayBufferLike, bytes: number): void {
    const before = this.common.get(memory) ?? 0;
    this.common.set(memory, before + bytes);
    this.total += Math.min(memory.byteLength, before + bytes) - Math.min(memory.byteLength, before);
  }

  /** They do not wait any more. */
  unshare(memory: ArrayBufferLike, bytes: number): void {
    const before = this.common.get(memory) ?? 0;
    const after = Math.max(0, before - bytes);
    if (after === 0) this.common.delete(memory);
    else this.common.set(memory, after);
    this.total -= Math.min(memory.byteLength, before) - Math.min(memory.byteLength, after);
  }

  private evictLargest(): void {
    let largest: BudgetMember | undefined;
    let most: Holding = { bytes: 0, shared: 0 };
    for (const [member, holding] of this.held) {
      if (holding.bytes <= most.bytes) continue;
      largest = member;
      most = holding;
    }
    // Taken out first: letting go reports 0 on the way.
    this.held.delete(largest!);
    this.total -= most.bytes - most.shared;
    largest!.budgetExceeded();
  }
}

/** Shares of V8's limit for old objects, and of the process's memory, for buffers lie outside the heap. */
function share(ofHeap: number, ofMemory: number): number {
  return Math.floor(Math.min(heapLimit() * ofHeap, memoryLimit() * ofMemory));
}

/** What all connections hold of messages that are not complete yet. */
export const receiveBudget = new MemoryBudget(share(0.5, 0.25));

/**
 * What all connections have queued for peers that read too slowly: what a frame costs the process beside
 * its bytes among it, and the bytes of large messages once, however many queues share them.
 */
export const sendBudget = new MemoryBudget(share(0.25, 0.25));
