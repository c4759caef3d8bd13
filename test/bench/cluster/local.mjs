// What a broadcast to members of this node costs with a broker and without, when no other node has any.
import { median } from '../lib/basics.mjs';
import { startClients, startNode, startRedis } from './processes.mjs';

const KINDS = ['none', 'memory', 'client', 'redis', 'ioredis'];
const ROOMS = [10, 100, 1_000];
const SIZES = [200, 1_024];
const PER_TURN = [1, 8];
/** Deliveries of one look, so that each takes about as long. */
const DELIVERIES = 12_000;

export async function measureLocal({
  rounds,
  kinds = KINDS,
  rooms = ROOMS,
  execArgv = [],
  build,
  deliveries = DELIVERIES,
  sizes = SIZES,
  turns = PER_TURN,
}) {
  const redis = await startRedis();
  const node = await startNode({ ...redis, app: 'bench', ...(build && { build }) }, execArgv);
  const clients = startClients();
  for (const name of kinds) {
    const { port } = await node.ask('open', { name, broker: name });
    await clients.open(port, Math.max(...rooms));
    for (const size of rooms) await node.ask('join', { name, room: `of-${size}`, size });
  }
  const rows = [];
  for (const size of rooms) {
    for (const bytes of sizes) {
      for (const perTurn of turns) {
        const count = Math.ceil(Math.min(20_000, deliveries / size));
        const figures = new Map(kinds.map((name) => [name, []]));
        for (let round = -2; round < rounds; round++) {
          const order = round % 2 === 0 ? kinds : kinds.toReversed();
          for (const name of order) {
            const task = { name, room: `of-${size}`, bytes, count, perTurn };
            const { cpu, stalled } = await node.ask('broadcast', task);
            if (round >= 0) figures.get(name).push({ cpu: cpu / count, stalled });
          }
        }
        const [base] = kinds;
        const row = { room: size, bytes, perTurn };
        for (const name of kinds) {
          row[name] = median(figures.get(name).map(({ cpu }) => cpu));
          if (name === base) continue;
          // Each with the look of its own round: the machine is not as busy in all of them.
          const ratios = figures.get(name).map(({ cpu }, at) => cpu / figures.get(base)[at].cpu);
          row[`${name}/${base}`] = median(ratios);
        }
        row.stalled = figures.get(base).reduce((sum, { stalled }) => sum + stalled, 0);
        rows.push(row);
        process.stderr.write(`${JSON.stringify(row)}\n`);
      }
    }
  }
  await clients.end();
  await node.end();
  await redis.end();
  redis.forget();
  return rows;
}
