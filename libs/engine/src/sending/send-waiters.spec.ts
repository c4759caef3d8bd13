import { describe, expect, it } from '@jest/globals';
import { SendWaiters } from './send-waiters.js';

const tick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

function setUp(...marks: number[]): { waiters: SendWaiters; told: string[] } {
  const waiters = new SendWaiters();
  const told: string[] = [];
  for (const mark of marks) {
    waiters.add(mark, (error) => told.push(`${mark} ${error ? error.message : 'left'}`));
  }
  return { waiters, told };
}

describe('SendWaiters', () => {
  it('tells in order those whose bytes have left, on the next tick, and nobody else', async () => {
    const { waiters, told } = setUp(10, 20, 20, 21);
    waiters.settle(20);
    expect(told).toEqual([]);
    await tick();
    expect(told).toEqual(['10 left', '20 left', '20 left']);
    expect(waiters.isEmpty).toBe(false);
    waiters.settle(21);
    expect(waiters.isEmpty).toBe(true);
  });

  it('tells those between two marks why their bytes will not leave', async () => {
    const { waiters, told } = setUp(10, 20, 30);
    waiters.fail(10, new Error('dropped'), 20);
    waiters.settle(30);
    await tick();
    expect(told).toEqual(['20 dropped', '10 left', '30 left']);
  });

  it('tells all that are left when everything fails, once', async () => {
    const { waiters, told } = setUp(10, 20);
    waiters.fail(-1, new Error('gone'));
    waiters.fail(-1, new Error('gone again'));
    await tick();
    expect(told).toEqual(['10 gone', '20 gone']);
    expect(waiters.isEmpty).toBe(true);
  });

  it('moves the marks behind a message that became shorter', async () => {
    const { waiters, told } = setUp(10, 20);
    waiters.move(10, -5);
    waiters.settle(14);
    await tick();
    expect(told).toEqual(['10 left']);
    waiters.settle(15);
    await tick();
    expect(told).toEqual(['10 left', '20 left']);
  });
});
