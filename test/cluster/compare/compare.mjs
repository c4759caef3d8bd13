// nestwire beside the adapters of socket.io while Redis fails: by hand only, `npm run compare:cluster`, six
// minutes; a part of a fault's or a system's name behind it chooses some.
// Three nodes in processes of their own publish at a steady rate; every message is counted at every node.
import cluster from 'node:cluster';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, cpus } from 'node:os';
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setupPrimary } from '@socket.io/cluster-adapter';
import { startRedis } from '../../bench/cluster/processes.mjs';
import { outcomeOf } from './outcome.mjs';
import { startProxy } from './proxy.mjs';
import { SYSTEMS } from './systems.mjs';

const NODE = fileURLToPath(new URL('./node.mjs', import.meta.url));
const NODES = ['n0', 'n1', 'n2'];
const RATE = 200;
const MILLISECONDS = 6_000;
/** Milliseconds of silence after which nothing more will come, and the longest wait for it. */
const SILENCE = 1_500;
const PATIENCE = 8_000;
/** Milliseconds after which no further run begins. */
const LONGEST = 450_000;

/** Each resolves when its cause is over. */
const FAULTS = {
  nothing: undefined,
  'Redis killed for 2 s, back empty': kill,
  'Redis killed for 2 s, back with its data': kill,
  'Redis stopped for 3 s': async ({ redis }) => {
    process.kill(redis.pid, 'SIGSTOP');
    await pause(3_000);
    process.kill(redis.pid, 'SIGCONT');
  },
  'one node cut off for 3 s, both ways': ({ proxy }) => cut(proxy, 'both'),
  'one node hears nothing for 3 s': ({ proxy }) => cut(proxy, 'server'),
};

async function kill({ redis }) {
  await redis.end();
  await pause(2_000);
  await redis.again();
}

async function cut(proxy, side) {
  proxy.hold(side);
  await pause(3_000);
  proxy.release();
}

function handle(child) {
  const waiting = new Map();
  let last = 0;
  child.on('message', (message) => {
    if (message?.compare === undefined) return;
    waiting.get(message.compare)?.(message.value);
    waiting.delete(message.compare);
  });
  const ready = new Promise((resolve) => waiting.set(0, resolve));
  return {
    ready,
    ask: (command, argument) =>
      new Promise((resolve) => {
        waiting.set(++last, resolve);
        child.send({ compare: last, command, argument });
      }),
  };
}

async function until(isSo) {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end && !(await isSo())) await pause(50);
}

async function play(system, fault) {
  const redis = await startRedis({ isKept: fault.endsWith('with its data') });
  const proxy = await startProxy(redis.port);
  const isCluster = system.endsWith('cluster-adapter');
  const children = NODES.map((name, at) => {
    const url = at === 0 ? `redis://127.0.0.1:${proxy.port}` : redis.url;
    const words = [JSON.stringify({ system, name, url })];
    if (!isCluster) return fork(NODE, words);
    // Kept apart from the parent's own execArgv; each worker has its own arguments.
    cluster.setupPrimary({ exec: NODE, args: words });
    return cluster.fork().process;
  });
  try {
    const nodes = children.map(handle);
    await Promise.all(nodes.map(({ ready }) => ready));
    await until(async () => {
      const counts = await Promise.all(nodes.map(({ ask }) => ask('nodes')));
      return counts.every((count) => count === NODES.length);
    });
    await pause(500);
    const publishing = nodes.map(({ ask }) =>
      ask('publish', { rate: RATE, milliseconds: MILLISECONDS }),
    );
    await pause(1_000);
    await FAULTS[fault]?.({ redis, proxy });
    const over = FAULTS[fault] === undefined ? undefined : Date.now();
    await Promise.all(publishing);
    await until(async () => {
      const silences = await Promise.all(nodes.map(({ ask }) => ask('silence')));
      return silences.every((silence) => silence > SILENCE);
    });
    const reports = await Promise.all(nodes.map(({ ask }) => ask('report')));
    return outcomeOf(reports, over);
  } finally {
    for (const child of children) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    proxy.end();
    await redis.end();
    redis.forget();
  }
}

const number = (value) => value?.toLocaleString('en') ?? '';

const line = (cells) => `| ${cells.join(' | ')} |`;

function tableOf(rows) {
  const lines = rows.map(({ system, fault, ...one }) => [
    fault,
    system,
    one.localOnTime.toFixed(2),
    number(one.localP99),
    number(one.expected),
    number(one.lost),
    number(one.announced),
    number(one.late),
    number(one.doubled),
    number(one.recovery),
    number(one.failures.length),
  ]);
  const head = [
    'fault',
    'system',
    'local on time %',
    'local p99 ms',
    'remote expected',
    'lost',
    'of them announced',
    'late > 1 s',
    'doubled',
    'recovered after ms',
    'unhandled',
  ];
  return [
    line(head),
    line(head.map((_, at) => (at < 2 ? '---' : '---:'))),
    ...lines.map(line),
  ].join('\n');
}

const [only] = process.argv.slice(2);
// Passes the messages of its workers on.
setupPrimary();
const rows = [];
for (const fault of Object.keys(FAULTS)) {
  for (const system of Object.keys(SYSTEMS)) {
    if (only !== undefined && !`${fault} ${system}`.includes(only)) continue;
    // It has no server that could fail.
    if (system.endsWith('cluster-adapter') && fault !== 'nothing') continue;
    if (performance.now() > LONGEST) {
      process.stderr.write(`No time is left for ${fault}: ${system}\n`);
      continue;
    }
    const row = { system, fault, ...(await play(system, fault)) };
    process.stderr.write(`${JSON.stringify(row)}\n`);
    rows.push(row);
  }
}
process.stdout.write(
  `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ` +
    `${new Date().toISOString().slice(0, 10)}\n\n${tableOf(rows)}\n`,
);
if (only === undefined) {
  const file = new URL('../../../docs/bench/cluster-faults.json', import.meta.url);
  writeFileSync(file, `${JSON.stringify({ node: process.version, rows }, null, 2)}\n`);
}
process.exit();
