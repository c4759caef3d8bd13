import { describe, expect, it } from '@jest/globals';
import { MemoryBudget, type BudgetMember } from './memory-budget.js';

class Holder implements BudgetMember {
  exceeded = 0;

  constructor(private readonly budget: MemoryBudget) {}

  budgetExceeded(): void {
    this.exceeded++;
    this.budget.set(this, 0);
  }
}

describe('MemoryBudget', () => {
  it('adds up what its members hold', () => {
    const budget = new MemoryBudget(100);
    const [one, two] = [new Holder(budget), new Holder(budget)];
    budget.set(one, 30);
    budget.set(two, 50);
    budget.set(one, 10);
    expect(budget.used).toBe(60);
    budget.set(two, 0);
    expect(budget.used).toBe(10);
  });

  it('lets the sum reach the limit', () => {
    const budget = new MemoryBudget(100);
    const [one, two] = [new Holder(budget), new Holder(budget)];
    budget.set(one, 40);
    budget.set(two, 60);
    expect([one.exceeded, two.exceeded]).toEqual([0, 0]);
  });

  it('makes the largest holder let go when the sum passes the limit, whoever passed it', () => {
    const budget = new MemoryBudget(100);
    const [large, small, last] = [new Holder(budget), new Holder(budget), new Holder(budget)];
    budget.set(large, 70);
    budget.set(small, 20);
    budget.set(last, 11);
    expect([large.exceeded, small.exceeded, last.exceeded]).toEqual([1, 0, 0]);
    expect(budget.used).toBe(31);
  });

  it('evicts until the sum is within the limit', () => {
    const budget = new MemoryBudget(100);
    const holders = Array.from({ length: 4 }, () => new Holder(budget));
    holders.forEach((holder) => budget.set(holder, 25));
    budget.set(holders[0]!, 99);
    expect(budget.used).toBeLessThanOrEqual(100);
    expect(holders.map((holder) => holder.exceeded)).toEqual([1, 0, 0, 0]);
  });

  it('leaves a lone holder to its own limit', () => {
    const budget = new MemoryBudget(100);
    const alone = new Holder(budget);
    budget.set(alone, 1_000);
    expect(alone.exceeded).toBe(0);
  });

  it('never evicts with a limit of 0', () => {
    const budget = new MemoryBudget(0);
    const [one, two] = [new Holder(budget), new Holder(budget)];
    budget.set(one, Number.MAX_SAFE_INTEGER / 4);
    budget.set(two, Number.MAX_SAFE_INTEGER / 4);
    expect([one.exceeded, two.exceeded]).toEqual([0, 0]);
  });
});
