// Attacks a server, row by row, and tells what came of it: `npm run attack`, `npm run attack -- --help`.
//
// The server, the attackers and the healthy clients are a process each, on 127.0.0.1. Times depend on what
// else the machine does: the p99 of the healthy clients before each attack stands beside the one during it.
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { ROOT } from '../bench/lib/basics.mjs';
import { compileInto } from '../bench/lib/compile.mjs';
import { readOptions, stop, USAGE } from './lib/options.mjs';
import { runRow } from './lib/run-row.mjs';
import { heading, lines } from './lib/table.mjs';
import { rowOf } from './rows/index.mjs';

const options = readOptions(process.argv.slice(2));
if (options.help) {
  console.log(USAGE);
  process.exit();
}
const build = resolve(options.build ?? ROOT);
if (!existsSync(join(build, 'dist/libs/engine/src/index.js'))) {
  stop(`there is no build in ${build}; npm run build makes one`);
}
compileInto(build, 'test/attack/servers');

const print = options.json === '-' ? () => {} : console.log;
const about = {
  date: new Date().toISOString(),
  node: process.version,
  cores: availableParallelism(),
};
print(`Node ${about.node}, ${about.cores} cores, ${about.date}\n${heading()}`);
const results = [];
for (const id of options.ids) {
  const row = await rowOf(id);
  if (options.quick && row.quick !== true) continue;
  // Some attack what only one version of HTTP has.
  if (row.over !== undefined && row.over !== (options.http2 ? 'http2' : 'http1')) continue;
  for (const impl of options.impls) {
    if (row.on !== undefined && !row.on.includes(impl)) continue;
    const limit = typeof row.peak === 'object' ? row.peak[impl] : row.peak;
    const { quick, http2 } = options;
    const result = await runRow({ ...row, peak: limit }, impl, { build, http2, timing: !quick });
    results.push(result);
    print(lines(result).join('\n'));
  }
}
const failed = results.filter(({ verdict, impl }) => verdict === 'FAIL' && impl !== 'ws');
const count = (one) => results.filter(({ verdict }) => verdict === one).length;
const busy =
  count('busy') === 0
    ? ''
    : `, ${count('busy')} not to be judged: the machine was busy before them`;
print(`\n${results.length} rows: ${count('pass')} pass, ${count('FAIL')} fail${busy}`);
if (options.json !== undefined) {
  const json = `${JSON.stringify({ ...about, results }, null, 2)}\n`;
  if (options.json === '-') process.stdout.write(json);
  else writeFileSync(options.json, json);
}
process.exitCode = failed.length > 0 ? 1 : 0;
