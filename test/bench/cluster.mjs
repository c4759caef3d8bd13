// What a broker costs a node whose members are all its own: `npm run bench:cluster`, about two minutes.
import { cpus } from 'node:os';
import { cores } from './lib/basics.mjs';
import { measureLocal } from './cluster/local.mjs';

const rounds = Number(process.argv[2] ?? 7);
const rows = await measureLocal({ rounds });
console.log(
  `Node ${process.version}, ${cores} cores (${cpus()[0]?.model.trim()}), ${rounds} rounds`,
);
console.log('Microseconds of CPU for each broadcast, and medians of the ratios within a round:');
console.table(
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, Math.round(value * 100) / 100]),
    ),
  ),
);
console.log(JSON.stringify(rows));
process.exit();
