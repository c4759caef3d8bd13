// What compressing costs and what it saves, by level, window and memory, beside `ws`: `npm run bench:compression`.
// Messages are JSON of 4 KiB, none like another. CPU is that of the process, threads of zlib included, so it says
// little of a machine that does something else at the time: the load is printed. `--size 1024` for other messages.
import { createRequire } from 'node:module';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { PerMessageDeflate } from '../../dist/libs/engine/src/deflate/permessage-deflate.js';

const ROUNDS = 5;
const COUNT = 400;
const SIZE = Number(process.argv[process.argv.indexOf('--size') + 1] ?? 4_096) || 4_096;

const require = createRequire(import.meta.url);
// Not among the exports of `ws`.
const Theirs = require(join(dirname(require.resolve('ws')), 'lib/permessage-deflate.js'));

/** Rows of a table as an application sends them: the same names, other values. */
function messages(count) {
  let state = 7;
  const random = (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % below;
  };
  const NAMES = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Donald', 'Frances', 'Alan', 'Radia'];
  const STATES = ['open', 'in progress', 'blocked', 'done'];
  return Array.from({ length: count }, (_, at) => {
    /** @type {[name: string, run: () => Promise<number>][]} */
    const rows = [];
    let text = '';
    while (text.length < SIZE) {
      rows.push({
        id: 100_000 + random(900_000),
        title: `Card ${random(10_000)} of board ${at % 7}`,
        owner: NAMES[random(NAMES.length)],
        state: STATES[random(STATES.length)],
        position: random(1_000_000) / 1_000,
        updatedAt: new Date(1_760_000_000_000 + random(1e9)).toISOString(),
      });
      text = JSON.stringify({ event: 'cards', data: rows });
    }
    return Buffer.from(text);
  });
}

const corpus = messages(COUNT);
const plain = corpus.reduce((sum, { length }) => sum + length, 0) / COUNT;

function ours({ takeover, bits = 15, ...zlib }) {
  const agreement = {
    serverTakeover: takeover,
    clientTakeover: takeover,
    serverWindowBits: bits,
    clientWindowBits: bits,
    element: { name: 'permessage-deflate', params: [] },
  };
  const options = { zlibDeflateOptions: zlib };
  return async () => {
    const deflate = new PerMessageDeflate('server', agreement, options, 0);
    let bytes = 0;
    for (const message of corpus) bytes += deflate.compress(message).length;
    deflate.end();
    return bytes;
  };
}

/** As `ws` sends: one message after the other, each in a thread. */
function theirs({ takeover, level }) {
  return async () => {
    const options = {
      serverNoContextTakeover: !takeover,
      ...(level === undefined ? {} : { zlibDeflateOptions: { level } }),
    };
    // Other versions take whether it is a server's, and the limit, as arguments.
    const deflate = new Theirs({ ...options, isServer: true }, true);
    deflate.accept([takeover ? {} : { server_no_context_takeover: [true] }]);
    let bytes = 0;
    for (const message of corpus) {
      bytes += await new Promise((resolve, reject) => {
        deflate.compress(message, true, (error, data) =>
          error ? reject(error) : resolve(data.length),
        );
      });
    }
    deflate.cleanup();
    return bytes;
  };
}

/** @type {[name: string, run: () => Promise<number>][]} */
const rows = [];
for (const takeover of [false, true]) {
  const what = takeover ? 'context takeover' : 'each by itself';
  rows.push([`ws 8, ${what}, as it is`, theirs({ takeover })]);
  for (const level of [1, 2, 3, 4, 5, 6]) {
    rows.push([`level ${level}, ${what}`, ours({ takeover, level, memLevel: 8 })]);
  }
}
rows.push(['`shared`, as it is', ours({ takeover: false })]);
rows.push(['`dedicated`, as it is', ours({ takeover: true, bits: 13, memLevel: 4 })]);
for (const bits of [11, 12, 13, 14, 15]) {
  for (const memLevel of [4, 8]) {
    for (const level of [3, 4, 5, 6]) {
      const run = ours({ takeover: true, bits, memLevel, level });
      rows.push([`context takeover, window ${bits}, memory ${memLevel}, level ${level}`, run]);
    }
  }
}

const costs = new Map(rows.map(([name]) => [name, { micros: [], bytes: 0 }]));
for (const [, run] of rows) await run();
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of rows) {
    const before = process.cpuUsage();
    const bytes = await run();
    const { user, system } = process.cpuUsage(before);
    const cost = costs.get(name);
    cost.micros.push((user + system) / COUNT);
    cost.bytes = bytes / COUNT;
  }
}

process.stdout.write(
  `${COUNT} messages of JSON, ${plain.toFixed(0)} bytes each; Node ${process.version}, load ${loadavg()[0].toFixed(2)}; CPU is the median of ${ROUNDS} rounds\n\n`,
);
process.stdout.write('| | bytes | µs of CPU | least |\n| --- | ---: | ---: | ---: |\n');
for (const [name, { micros, bytes }] of costs) {
  const sorted = micros.toSorted((one, other) => one - other);
  const [least] = sorted;
  const median = sorted[Math.floor(sorted.length / 2)];
  process.stdout.write(
    `| ${name} | ${bytes.toFixed(0)} | ${median.toFixed(1)} | ${least.toFixed(1)} |\n`,
  );
}
