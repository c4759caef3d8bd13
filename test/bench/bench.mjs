// nestwire beside its peers: `npm run bench`, `npm run bench -- --help`.
//
// The figure is server CPU time per message (user and system, all threads). It holds on a busy
// machine, where throughput does not. Servers take turns within each round, the order flips from
// round to round, and medians are shown. Differences under 10 % mean nothing.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { ROOT, cores, pinned, stop } from './lib/basics.mjs';
import { CELLS } from './lib/cells.mjs';
import { compileApps, compileLoad } from './lib/compile.mjs';
import { runGrowth } from './lib/growth.mjs';
import { USAGE, choose, readOptions } from './lib/options.mjs';
import { allPeers, installPeers, ours, peerVersions } from './lib/peers.mjs';
import { profile } from './lib/profile.mjs';
import { runCell } from './lib/run.mjs';
import { resultTables, targetTable } from './lib/tables.mjs';
import { judge } from './lib/targets.mjs';
import { writeChart, writeResults, writeSection } from './lib/write.mjs';

if (process.platform !== 'linux') stop('CPU times are read from /proc, which only Linux has');

const options = readOptions(process.argv.slice(2));
const { settings } = options;
if (options.help) {
  console.log(USAGE);
  process.exit();
}
if (options.list) {
  for (const { id, group, title } of CELLS)
    console.log(`${id.padEnd(22)}${group.padEnd(12)}${title}`);
  console.log(
    `\n${allPeers()
      .map(({ name }) => name)
      .join(', ')}`,
  );
  process.exit();
}

installPeers();
compileLoad();
compileApps(ROOT);
let known = allPeers();
if (options.against !== undefined) {
  const other = resolve(options.against);
  compileApps(other);
  known = [...known, ...ours(other, '@other')];
}
if (options.node !== undefined) {
  const { status, stdout } = spawnSync(options.node, ['--version'], { encoding: 'utf8' });
  if (status !== 0) stop(`--node is ${options.node}, which is no program of Node`);
  console.log(`@node is Node ${stdout.trim()}`);
  const others = ours(ROOT, '@node');
  known = [
    ...known,
    ...others.map((one) => ({ ...one, command: [options.node, ...one.command.slice(1)] })),
  ];
}
const peers = choose(known, options.peers, 'server', ({ name }) => [name]);

const about = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  cores,
  cpu: cpus()[0]?.model.trim(),
  pinned,
  ...settings,
  versions: peerVersions(),
};
const setting =
  `Node ${about.node}, ${about.cores} cores (${about.cpu}), ${about.date}; ` +
  `${pinned ? 'server and load on a core each' : 'not pinned'}; ` +
  `median of ${settings.rounds} rounds of ${settings.window} ms`;
console.log(setting);
const versions = Object.entries(about.versions).map(([name, version]) => `${name} ${version}`);
console.log(`Beside ${versions.join(', ')}\n`);

const started = Date.now();
if (options.growth) await growth();
else if (options.profile) await profiles();
else await compare();
const minutes = (Date.now() - started) / 60_000;
console.log(`\nIt took ${minutes.toFixed(1)} minutes`);

async function growth() {
  const { text, ...figures } = await runGrowth(peers, settings);
  console.log(text);
  if (options.isPart) return;
  writeResults('growth', { ...about, ...figures });
  await writeSection('growth', text);
}

async function profiles() {
  for (const cell of options.cells) {
    for (const peer of peers) {
      if (cell.unit === 'us' && peer.serves.includes(cell.needs) && peer.name !== 'bun') {
        await profile(cell, peer, settings);
      }
    }
  }
}

async function compare() {
  const cells = [];
  for (const [index, cell] of options.cells.entries()) {
    process.stderr.write(`${index + 1}/${options.cells.length} ${cell.title}\n`);
    cells.push(await runCell(cell, peers, settings));
  }
  const tables = resultTables(cells, peers);
  console.log(tables);
  const judged = judge(cells);
  const targets = targetTable(judged);
  if (judged.length > 0) console.log(`\nTargets:\n\n${targets}`);
  const promised = judged.filter(({ least }) => least !== undefined);
  const met = promised.filter(({ verdict }) => verdict !== 'missed').length;
  if (judged.length > 0) console.log(`\n"at least" is met in ${met} of ${promised.length} rows`);
  if (options.isPart) return;
  const took = `${((Date.now() - started) / 60_000).toFixed(0)} minutes`;
  writeResults('results', { ...about, cells });
  await writeChart(cells, peers, setting);
  await writeSection('figures', `${setting}. The run took ${took}.\n\n${tables}`);
  await writeSection('targets', targets);
}
