// Blocks of the README and of docs/ are pasted into applications: they compile there.
import { expect, it } from '@jest/globals';
import { readBlocks } from './support/blocks.js';
import { compile } from './support/compile.js';

const blocks = readBlocks();

it('marks every block that is no whole file, as one of the kinds there are', () => {
  expect(blocks.length).toBeGreaterThan(25);
  const unmarked = blocks.filter(({ kind, code }) => kind === '' && !/^import /m.test(code));
  expect(unmarked.map(({ place }) => place)).toEqual([]);
  expect([...new Set(blocks.map(({ kind }) => kind))].toSorted()).toEqual([
    '',
    'fragment',
    'members',
  ]);
});

it('compiles every block as pasted into an application of Nest 12', () => {
  expect(compile(blocks)).toEqual([]);
}, 120_000);
