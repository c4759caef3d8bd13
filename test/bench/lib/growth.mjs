// How cost grows with the number of connections.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { median } from './basics.mjs';
import { CELLS } from './cells.mjs';
import { hold, measure } from './load.mjs';
import { startServer } from './server.mjs';
import { table } from './tables.mjs';

const ACTIVE = [10, 100, 1_000, 10_000];
const IDLE = [1_000, 5_000, 10_000, 50_000];
const PEERS = ['ws', 'net', 'engine', 'nest'];
/** Open files a process needs besides its connections. */
const OTHER_FILES = 500;
const SETTLE = 500;

/** Open files the system allows one process (Linux, proc(5)). */
function fileLimit() {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  return Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1] ?? 1024);
}

async function cpuByConnections(peers, { rounds, window, warmUp }) {
  const base = CELLS.find(({ id }) => id === 'text-64');
  const servers = await Promise.all(peers.map((peer) => startServer(peer, base)));
  const results = [];
  for (const connections of ACTIVE) {
    const row = { connections };
    const figures = new Map(servers.map(({ peer }) => [peer.name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
        const cell = { ...base, connections };
        const { cpu } = await measure(server, cell, { window, warmUp: warmUp * 2 });
        figures.get(server.peer.name).push(cpu);
        await server.quiet();
      }
    }
    for (const [name, all] of figures) row[name] = median(all);
    results.push(row);
  }
  await Promise.all(servers.map((server) => server.stop()));
  return results;
}

/** @returns bytes per connection, over as many processes as the limit of open files asks for */
async function idleMemory(peer, connections, processes) {
  const cell = { ...CELLS.find(({ id }) => id === 'idle'), outstanding: 0 };
  const total = { heap: 0, rss: 0 };
  const ends = [];
  for (let index = 0; index < processes; index += 1) {
    const share = Math.round(connections / processes);
    const server = await startServer(peer, cell);
    const letGo = await hold(server, { ...cell, connections: 500 });
    await letGo();
    await pause(SETTLE);
    const before = await server.memory();
    const end = await hold(server, { ...cell, connections: share });
    await pause(SETTLE);
    const after = await server.memory();
    total.heap += after.heapUsed - before.heapUsed;
    total.rss += after.rss - before.rss;
    ends.push(async () => {
      await end();
      await server.stop();
    });
  }
  for (const end of ends) await end();
  return { heap: total.heap / connections, rss: total.rss / connections };
}

const count = (value) => Math.round(value).toLocaleString('en');

/** Runs both and prints them. @returns `{ cpu, memory, text }` */
export async function runGrowth(allPeers, settings) {
  const peers = allPeers.filter(({ name }) => PEERS.includes(name));
  const echoing = peers.filter(({ serves }) => serves.includes('echo'));
  const cpu = await cpuByConnections(echoing, settings);
  const perProcess = fileLimit() - OTHER_FILES;
  const memory = [];
  for (const connections of IDLE) {
    const processes = Math.ceil(connections / perProcess);
    const row = { connections, processes };
    for (const peer of peers) row[peer.name] = await idleMemory(peer, connections, processes);
    memory.push(row);
  }
  const cpuTable = table([
    ['connections', ...echoing.map(({ name }) => name)],
    ...cpu.map((row) => [
      count(row.connections),
      ...echoing.map(({ name }) => row[name].toFixed(1)),
    ]),
  ]);
  const memoryTable = table([
    ['connections', 'processes', ...peers.map(({ name }) => name)],
    ...memory.map((row) => [
      count(row.connections),
      String(row.processes),
      ...peers.map(({ name }) => `${count(row[name].heap)} / ${count(row[name].rss)}`),
    ]),
  ]);
  const text = [
    'Microseconds of server CPU per message, text of 64 B, one outstanding on every connection:',
    cpuTable,
    `Bytes per idle connection, heap / RSS. The system allows a process ${count(fileLimit())} open files; more connections than that are shared by several processes:`,
    memoryTable,
  ].join('\n\n');
  return { cpu, memory, text };
}
