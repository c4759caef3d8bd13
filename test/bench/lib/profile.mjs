// Where the time goes: a CPU profile of each server in a cell, summed up by function.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './basics.mjs';
import { measure } from './load.mjs';
import { startServer } from './server.mjs';
import { table } from './tables.mjs';

const SHOWN = 25;
const SAMPLING_US = 200;
const SHORTEST = 2_000;

function where({ functionName, url, lineNumber }) {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const file = url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : url;
  return `${name} ${file}:${lineNumber + 1}`;
}

/**
 * Share of each function's own time in the time the process was busy, largest first. Only of the
 * last `window` milliseconds: before, the server started and compiled.
 */
function ownTimes({ nodes, samples, timeDeltas, startTime, endTime }, window) {
  const byId = new Map(nodes.map((node) => [node.id, where(node.callFrame)]));
  const times = new Map();
  let now = startTime;
  for (const [index, id] of samples.entries()) {
    now += timeDeltas[index];
    if (now < endTime - window * 1_000) continue;
    const name = byId.get(id);
    times.set(name, (times.get(name) ?? 0) + timeDeltas[index]);
  }
  times.delete('(idle)');
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times].map(([name, time]) => [name, time / total]).sort((a, b) => b[1] - a[1]);
}

/** Prints the hottest functions of a server and leaves the profile in test-results/. */
export async function profile(cell, peer, settings) {
  const window = Math.max(settings.window, SHORTEST);
  const results = join(ROOT, 'test-results');
  mkdirSync(results, { recursive: true });
  const folder = mkdtempSync(join(results, `profile-${cell.id}-${peer.name}-`));
  const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${SAMPLING_US}`];
  const server = await startServer(peer, cell, flags);
  const { cpu } = await measure(server, cell, { warmUp: 1_000, window });
  await server.stop();
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) {
    rmSync(folder, { recursive: true });
    return;
  }
  const times = ownTimes(JSON.parse(readFileSync(join(folder, file), 'utf8')), window);
  const rows = times
    .slice(0, SHOWN)
    .map(([name, share]) => [name, `${(share * 100).toFixed(1)} %`, (share * cpu).toFixed(2)]);
  console.log(`\n${cell.title}, ${peer.name}: ${relative(ROOT, join(folder, file))}\n`);
  console.log(table([['function', 'own time', 'us per message'], ...rows]));
}
