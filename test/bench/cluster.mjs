// What many nodes cost: `npm run bench:cluster`, about three minutes, or `-- <rounds> local|nodes` for a part.
// `local`: what a broker costs a node whose members are all its own. `nodes`: what a delivery costs with 1, 2
// and 4 nodes on Redis, how many publishes go in a second, and what a cluster at rest costs.
import { cpus } from 'node:os';
import { cores } from './lib/basics.mjs';
import { measureLocal } from './cluster/local.mjs';
import { measureNodes } from './cluster/nodes.mjs';

const rounds = Number(process.argv[2] ?? 7);
const part = process.argv[3];

function print(title, rows) {
  console.log(`\n${title}`);
  console.table(
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [
          key,
          typeof value === 'number' ? Math.round(value * 100) / 100 : value,
        ]),
      ),
    ),
  );
  console.log(JSON.stringify(rows));
}

console.log(
  `Node ${process.version}, ${cores} cores (${cpus()[0]?.model.trim()}), ${rounds} rounds`,
);
if (part !== 'nodes') {
  print(
    'Microseconds of CPU for each broadcast to members here, and medians of the ratios within a round:',
    await measureLocal({ rounds }),
  );
}
if (part !== 'local') {
  for (const delivery of ['at-most-once', 'at-least-once']) {
    const { delivered, published, rest } = await measureNodes({ rounds, delivery });
    print('Microseconds of CPU of all nodes, and of Redis, for each delivery:', delivered);
    print('Publishes of one node, and microseconds of its CPU for each:', published);
    print('At rest, with 1,000 connections:', rest);
  }
}
process.exit();
