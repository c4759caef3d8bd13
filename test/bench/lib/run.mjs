// Runs cells: servers take turns within a round, and the order flips from round to round.
import { setTimeout as pause } from 'node:timers/promises';
import { median } from './basics.mjs';
import { hold, measure } from './load.mjs';
import { startServer } from './server.mjs';

/** A new process compiles its hot code first. */
const FIRST_WARM_UP = 600;
/** With large messages its memory has to settle, too: they are fewer, and each takes as much as thousands of small ones. */
const LARGE_WARM_UP = 2_500;
/** Connections opened and closed before memory is measured, so that only the connections count. */
const MEMORY_WARM_UP = 500;
const SETTLE = 400;

const flipped = (list, round) => (round % 2 === 0 ? list : list.toReversed());

/** Starts the servers and measures each `rounds` times. Adds what it finds to the lists in `figures`. */
async function takeTurns(cell, peers, { rounds, window, warmUp }, figures) {
  const servers = await Promise.all(peers.map((peer) => startServer(peer, cell)));
  const first = cell.fresh ? LARGE_WARM_UP : FIRST_WARM_UP;
  for (let round = 0; round < rounds; round += 1) {
    for (const server of flipped(servers, round)) {
      const times = { warmUp: round === 0 ? Math.max(first, warmUp) : warmUp, window };
      figures.get(server.peer).push(await measure(server, cell, times));
      await server.quiet();
    }
  }
  await Promise.all(servers.map((server) => server.stop()));
}

/** @returns per peer `{ cpu, rate, bytes, busy, rounds }`, medians */
async function runTimed(cell, peers, settings) {
  const figures = new Map(peers.map((peer) => [peer, []]));
  if (cell.fresh) {
    for (let round = 0; round < settings.rounds; round += 1) {
      await takeTurns(cell, flipped(peers, round), { ...settings, rounds: 1 }, figures);
    }
  } else {
    await takeTurns(cell, peers, settings, figures);
  }
  return [...figures].map(([peer, all]) => {
    const middle = (pick) => median(all.map(pick));
    return {
      peer: peer.name,
      cpu: middle((one) => one.cpu),
      rate: middle((one) => one.rate),
      bytes: middle((one) => one.bytes),
      busy: { server: middle((one) => one.busy.server), load: middle((one) => one.busy.load) },
      rounds: all.map((one) => one.cpu),
    };
  });
}

/** @returns bytes per connection: `heap` of JavaScript, `rss` of the process */
export async function measureMemory(peer, cell) {
  const server = await startServer(peer, cell);
  const letGo = await hold(server, { ...cell, connections: MEMORY_WARM_UP });
  await letGo();
  await pause(SETTLE);
  const before = await server.memory();
  const end = await hold(server, cell);
  await pause(SETTLE);
  const after = await server.memory();
  await end();
  await server.stop();
  const each = (name) => (after[name] - before[name]) / cell.connections;
  return { heap: each('heapUsed'), rss: each('rss') };
}

async function runMemory(cell, peers) {
  const results = [];
  // A process never gives back all it took, so every figure is from a new one.
  for (const peer of peers) results.push({ peer: peer.name, ...(await measureMemory(peer, cell)) });
  return results;
}

/** @returns `{ id, title, group, unit, results }` */
export async function runCell(cell, allPeers, settings) {
  const peers = allPeers.filter((peer) => peer.serves.includes(cell.needs));
  const results =
    cell.unit === 'bytes' ? await runMemory(cell, peers) : await runTimed(cell, peers, settings);
  const { id, title, group, unit } = cell;
  return { id, title, group, unit, results };
}
