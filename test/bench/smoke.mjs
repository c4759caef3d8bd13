// Echo beside the npm package ws, in one run: `npm run bench:smoke`.
//
// The figure is server CPU time per message (user and system, all threads): it holds on a busy
// machine, where throughput does not. Both servers take turns, the order alternates, and the
// median of the rounds is printed. Differences under 10 % mean nothing.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROUNDS = 3;
const WARM_UP = 300;
const WINDOW = 1_000;
const CELLS = [
  { size: 64, connections: 64, outstanding: 1 },
  { size: 1024, connections: 64, outstanding: 1 },
  { size: 64, connections: 16, outstanding: 64 },
  { size: 1024, connections: 16, outstanding: 64 },
];

const cores = availableParallelism();
// Server and load on a core each, so that neither's work is billed to the other's cache misses.
const pinned = cores > 1 && spawnSync('taskset', ['-V']).status === 0;

function start(core, file, ...args) {
  const command = [process.execPath, fileURLToPath(new URL(file, import.meta.url)), ...args];
  if (pinned) command.unshift('taskset', '-c', String(core));
  const child = spawn(command[0], command.slice(1), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.once('exit', (code) => {
    if (child.connected || code) fail(`${file} ${args.join(' ')} ended with ${code}`);
  });
  return child;
}

function fail(message) {
  console.error(`Cannot finish the benchmark: ${message}`);
  process.exit(1);
}

async function ask(child, message) {
  const answer = once(child, 'message');
  child.send(message);
  return (await answer)[0];
}

/** Microseconds of CPU the process has used so far. */
async function cpuTime(child) {
  try {
    // First field of schedstat: nanoseconds on a CPU (Linux, Documentation/scheduler/sched-stats).
    return readdirSync(`/proc/${child.pid}/task`)
      .map((task) => readFileSync(`/proc/${child.pid}/task/${task}/schedstat`, 'utf8'))
      .reduce((sum, line) => sum + Number(line.split(' ')[0]) / 1_000, 0);
  } catch {
    return (await ask(child, 'cpu')).cpu;
  }
}

async function measure(server, cell) {
  const load = start(cores - 1, 'smoke-load.mjs');
  await ask(load, { run: { port: server.port, ...cell } });
  await pause(WARM_UP);
  const before = [await cpuTime(server.child), (await ask(load, 'count')).echoes];
  await pause(WINDOW);
  const after = [await cpuTime(server.child), (await ask(load, 'count')).echoes];
  await ask(load, { stop: true });
  load.disconnect();
  const echoes = after[1] - before[1];
  if (echoes === 0) fail('the server echoed nothing');
  return { cpu: (after[0] - before[0]) / echoes, rate: echoes / (WINDOW / 1_000) };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function runCell(cell) {
  const servers = await Promise.all(
    ['ours', 'ws'].map(async (kind) => {
      const child = start(0, 'smoke-server.mjs', kind);
      const [{ port }] = await once(child, 'message');
      return { kind, child, port, rounds: [] };
    }),
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
      server.rounds.push(await measure(server, cell));
    }
  }
  const [ours, ws] = servers.map(({ child, rounds }) => {
    child.disconnect();
    return {
      cpu: median(rounds.map((one) => one.cpu)),
      rate: median(rounds.map((one) => one.rate)),
    };
  });
  return { ours, ws };
}

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${cores} cores (${cpus()[0]?.model.trim()}), ` +
    `${new Date().toISOString().slice(0, 10)}; ${pinned ? 'pinned with taskset' : 'not pinned'}`,
);
console.log(
  `Echo of text, server CPU us per message, median of ${ROUNDS} rounds of ${WINDOW} ms\n`,
);
const columns = [29, 10, 10, 8, 17, 12];
const row = (...cells) =>
  console.log(
    cells.map((cell, i) => (i ? cell.padStart(columns[i]) : cell.padEnd(columns[i]))).join(''),
  );
row('message, conns x outstanding', 'nestwire', 'ws', 'ratio', 'nestwire msg/s', 'ws msg/s');
for (const cell of CELLS) {
  const { ours, ws } = await runCell(cell);
  row(
    `${cell.size} B, ${cell.connections} x ${cell.outstanding}`,
    ours.cpu.toFixed(2),
    ws.cpu.toFixed(2),
    `${(ws.cpu / ours.cpu).toFixed(2)}x`,
    Math.round(ours.rate).toLocaleString('en'),
    Math.round(ws.rate).toLocaleString('en'),
  );
}
console.log('\nratio: how many times the CPU of nestwire ws uses');
