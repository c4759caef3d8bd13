import { getHeapStatistics } from 'node:v8';

/** Something that holds bytes for a peer and can be made to let go of them. */
export interface BudgetMember {
  /** Frees what it holds; called when the whole process holds too much and this one the most. */
  budgetExceeded(): void;
}

/**
 * A limit on what all connections hold together. Each stays within its own limit and a thousand of
 * them still fill the memory; so when the sum is too large, the largest holder has to go first.
 */
export class MemoryBudget {
  private readonly held = new Map<BudgetMember, number>();
  private total = 0;

  /** @param limit bytes of all members together; 0 = no limit */
  constructor(public limit: number) {}

  /** Bytes held by all members. */
  get used(): number {
    return this.total;
  }

  /** Says that `member` now holds `bytes`; 0 takes it out. */
  set(member: BudgetMember, bytes: number): void {
    this.total += bytes - (this.held.get(member) ?? 0);
    if (bytes === 0) this.held.delete(member);
    else this.held.set(member, bytes);
    // A lone holder is bounded by its own limit already.
    while (this.limit > 0 && this.total > this.limit && this.held.size > 1) this.evictLargest();
  }

  private evictLargest(): void {
    let largest: BudgetMember | undefined;
    let most = 0;
    for (const [member, bytes] of this.held) {
      if (bytes <= most) continue;
      largest = member;
      most = bytes;
    }
    // Taken out first: letting go reports 0 on the way.
    this.held.delete(largest!);
    this.total -= most;
    largest!.budgetExceeded();
  }
}

/** Share of the heap limit that messages being received may take together. */
const RECEIVE_SHARE = 0.5;

/** What all connections hold of messages that are not complete yet. */
export const receiveBudget = new MemoryBudget(
  Math.floor(getHeapStatistics().heap_size_limit * RECEIVE_SHARE),
);

/** Share of the heap limit that messages waiting for slow peers may take together. */
const SEND_SHARE = 0.25;

/**
 * What all connections have queued for peers that read too slowly. A message shared by many queues
 * counts in each of them: the sum errs on the side of closing early.
 */
export const sendBudget = new MemoryBudget(
  Math.floor(getHeapStatistics().heap_size_limit * SEND_SHARE),
);
