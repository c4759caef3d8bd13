// Puts the results of a whole run where they are read: docs/bench and docs/performance.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { ROOT } from './basics.mjs';
import { drawChart } from './chart.mjs';

const FOLDER = join(ROOT, 'docs/bench');
const PAGE = join(ROOT, 'docs/performance.md');

export function writeResults(name, results) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify(results, rounded, 2)}\n`);
}

const rounded = (_key, value) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;

export async function writeChart(cells, peers, subtitle) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'ratios.svg'), `${await drawChart(cells, peers, subtitle)}\n`);
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->` in docs/performance.md. */
export async function writeSection(name, text) {
  const page = readFileSync(PAGE, 'utf8');
  const pattern = new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`);
  const next = page.replace(pattern, (_all, start, end) => `${start}\n\n${text}\n\n${end}`);
  const options = await resolveConfig(PAGE);
  writeFileSync(PAGE, await format(next, { ...options, filepath: PAGE }));
}
