import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/sources.js';

/** The rows of the reliability table that concern the engine alone. */
const ROWS = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 24, 26, 27, 28, 29, 30, 36,
  37,
];

describe('the tests of the limits', () => {
  it('have one at least for each row that concerns the engine', () => {
    const folder = join(ROOT, 'test/limits');
    const tested = readdirSync(folder)
      .filter((file) => file.endsWith('.spec.ts'))
      .flatMap((file) => [
        ...readFileSync(join(folder, file), 'utf8').matchAll(/\bit\(\s*'A(\d+)\. /g),
      ])
      .map((match) => Number(match[1]));
    expect([...new Set(tested)].sort((a, b) => a - b)).toEqual(ROWS);
  });
});
