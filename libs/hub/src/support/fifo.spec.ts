import { describe, expect, it } from '@jest/globals';
import { Fifo } from './fifo.js';

describe('a queue', () => {
  it('is an array whose front is taken off', () => {
    const queue = new Fifo<number>();
    const array: number[] = [];
    let next = 0;
    // Grows, shrinks to nothing, and grows again, in steps of all sizes.
    for (let step = 0; step < 2_000; step++) {
      if (step % 300 < 200) {
        queue.push(next);
        array.push(next++);
      } else if (step % 2 === 0) {
        expect(queue.shift()).toBe(array.shift());
      } else {
        queue.drop(step % 7);
        array.splice(0, step % 7);
      }
      expect(queue.length).toBe(array.length);
      expect([queue.at(0), queue.at(array.length - 1)]).toEqual([array[0], array.at(-1)]);
      expect(queue.slice(step % 11)).toEqual(array.slice(step % 11));
    }
    queue.clear();
    expect([queue.length, queue.shift(), queue.at(0), queue.at(-1), queue.slice()]).toEqual([
      0,
      undefined,
      undefined,
      undefined,
      [],
    ]);
  });
});
