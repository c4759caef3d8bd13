// What messages between 1, 2 and 4 nodes cost, how many go in a second, and what nodes at rest cost.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'redis';
import { median } from '../lib/basics.mjs';
import { startClients, startNode, startRedis } from './processes.mjs';

const NODES = [1, 2, 4];
const ROOMS = [10, 1_000];
const BYTES = 200;
/** Deliveries of one look. */
const DELIVERIES = 20_000;
const REST = 5_000;
const SUSTAIN = 2_000;
const name = 'redis';

/** Nanoseconds a process has run. */
const ranOf = (pid) => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);

async function until(isSo) {
  while (!(await isSo())) await pause(5);
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
const worst = (values) => Math.max(...values);

async function startNodes(count, redis, delivery) {
  const nodes = [];
  for (let at = 0; at < count; at++) nodes.push(await startNode({ ...redis, app: 'bench' }));
  const clients = startClients();
  await Promise.all(
    nodes.map(async ({ ask }) => {
      const { port } = await ask('open', { name, broker: 'redis', delivery });
      await clients.open(port, Math.ceil(Math.max(...ROOMS) / count));
    }),
  );
  for (const size of ROOMS) {
    await Promise.all(
      nodes.map(({ ask }, at) =>
        // The members that are left over are on the first nodes.
        ask('join', { name, room: `of-${size}`, size: Math.ceil((size - at) / count) }),
      ),
    );
  }
  await until(async () => {
    const counts = await Promise.all(nodes.map(({ ask }) => ask('nodes', { name })));
    return counts.every((seen) => seen === count);
  });
  await pause(500);
  const end = async () => {
    await clients.end();
    for (const node of nodes) await node.end();
  };
  return { nodes, end };
}

/** @returns microseconds of CPU for each delivery, of all nodes and of Redis */
async function deliver({ nodes }, redis, size) {
  const [publisher, ...others] = nodes;
  const count = Math.ceil(DELIVERIES / size);
  const receivedBy = () => Promise.all(others.map(({ ask }) => ask('received', { name })));
  const before = await receivedBy();
  const started = nodes.map(({ pid }) => ranOf(pid));
  const server = ranOf(redis.pid);
  await publisher.ask('broadcast', { name, room: `of-${size}`, bytes: BYTES, count });
  await until(async () => (await receivedBy()).every((now, at) => now - before[at] >= count));
  await pause(50);
  const deliveries = count * size;
  const cpu = nodes.map(({ pid }, at) => (ranOf(pid) - started[at]) / 1_000);
  return {
    nodes: sum(cpu) / deliveries,
    redis: (ranOf(redis.pid) - server) / 1_000 / deliveries,
  };
}

async function rest({ nodes }, redis) {
  const client = createClient({ url: redis.url });
  await client.connect();
  const stats = async () => {
    const text = await client.info('stats');
    const of = (key) => Number(new RegExp(`${key}:(\\d+)`).exec(text)[1]);
    return [
      of('total_commands_processed'),
      of('total_net_input_bytes') + of('total_net_output_bytes'),
    ];
  };
  const [commands, bytes] = await stats();
  const server = ranOf(redis.pid);
  const cpu = await Promise.all(nodes.map(({ ask }) => ask('rest', { milliseconds: REST })));
  const ran = ranOf(redis.pid) - server;
  const after = await stats();
  client.destroy();
  const seconds = REST / 1_000;
  return {
    'node CPU %': (worst(cpu) / 1_000 / REST) * 100,
    'Redis CPU %': (ran / 1e6 / REST) * 100,
    'commands / s': (after[0] - commands) / seconds,
    'bytes / s': (after[1] - bytes) / seconds,
  };
}

/** @returns rows of what a delivery costs, of a second's publishes, and of nodes at rest */
export async function measureNodes({ rounds, delivery = 'at-most-once', counts = NODES }) {
  const rows = { delivered: [], published: [], rest: [] };
  for (const count of counts) {
    const redis = await startRedis();
    const running = await startNodes(count, redis, delivery);
    for (const room of ROOMS) {
      const looks = [];
      for (let round = -1; round < rounds; round++) {
        const look = await deliver(running, redis, room);
        if (round >= 0) looks.push(look);
      }
      const of = (key) => looks.map((look) => look[key]);
      rows.delivered.push({
        delivery,
        nodes: count,
        room,
        'nodes, median': median(of('nodes')),
        'nodes, worst': worst(of('nodes')),
        'Redis, median': median(of('redis')),
      });
    }
    const rates = [];
    for (let round = 0; round < 3; round++) {
      const task = { name, room: 'of-10', bytes: BYTES, milliseconds: SUSTAIN };
      const { sent, cpu, wall } = await running.nodes[0].ask('sustain', task);
      rates.push({ rate: (sent / wall) * 1_000, cpu: cpu / sent });
    }
    rows.published.push({
      delivery,
      nodes: count,
      'publishes / s, median': median(rates.map(({ rate }) => rate)),
      'publishes / s, worst': Math.min(...rates.map(({ rate }) => rate)),
      'CPU of each': median(rates.map(({ cpu }) => cpu)),
    });
    // Of the last node's roster and heartbeats, not of what was sent before.
    await pause(1_000);
    rows.rest.push({ delivery, nodes: count, ...(await rest(running, redis)) });
    await running.end();
    await redis.end();
    redis.forget();
  }
  return rows;
}
