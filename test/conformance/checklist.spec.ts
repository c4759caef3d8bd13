import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/sources.js';

/** RFC 6455 is items 1 to 77, RFC 7692 items 78 to 97. */
const ITEMS = Array.from({ length: 97 }, (_, index) => index + 1);
const DEVIATIONS = [3, 22, 52];

const folder = join(ROOT, 'test/conformance');
const tests = readdirSync(folder)
  .filter((file) => file.endsWith('.spec.ts'))
  .flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    // One it() for each item and file: a number, a full stop and what holds.
    return [...text.matchAll(/\bit\(\s*(['"])(\d+)\. (.+?)\1, (?:async )?\(\) => \{/g)].map(
      (match) => ({
        file: file.replace('.spec.ts', ''),
        item: Number(match[2]),
        title: match[3]!,
      }),
    );
  });

const document = readFileSync(join(ROOT, 'docs/conformance.md'), 'utf8');
const rows = [...document.matchAll(/^\| +(\d+) \| (.+?) +\| (.+?) +\| (.+?) +\| (.+?) +\|$/gm)].map(
  ([, item, who, status, title, files]) => ({ item: Number(item), who, status, title, files }),
);

describe('the conformance suite', () => {
  it('has a test for every item of the checklist', () => {
    const tested = new Set(tests.map(({ item }) => item));
    expect(ITEMS.filter((item) => !tested.has(item))).toEqual([]);
    expect([...tested].filter((item) => !ITEMS.includes(item))).toEqual([]);
  });

  it('is listed in docs/conformance.md, each item once and in order', () => {
    expect(rows.map(({ item }) => item)).toEqual(ITEMS);
  });

  it('is listed as it stands: with the title and the files of its tests', () => {
    for (const { item, title, files } of rows) {
      const own = tests.filter((test) => test.item === item);
      expect([item, own.map((test) => test.title)]).toEqual([
        item,
        expect.arrayContaining([title]),
      ]);
      expect([item, files]).toEqual([item, [...new Set(own.map(({ file }) => file))].join(', ')]);
    }
  });

  it('calls exactly the deviations what they are, and explains each', () => {
    const called = rows.filter(({ status }) => status !== 'holds').map(({ item }) => item);
    expect(called).toEqual(DEVIATIONS);
    for (const item of DEVIATIONS) {
      const all = tests.filter((test) => test.item === item);
      expect(all.every(({ title }) => title.startsWith('Deviation: '))).toBe(true);
      expect(document).toContain(`- **${item}**`);
    }
  });
});
