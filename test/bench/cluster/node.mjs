// One process under test: a hub for each broker, so that a run compares them under the same conditions.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';

const { build, app, url, path } = JSON.parse(process.argv[2]);
const { DEFAULT_LIMITS, UpgradeRequest, UpgradeRouter } = await import(
  `${build}/dist/libs/engine/src/index.js`
);
const { Hub, MessageRouter, MemoryBrokerServer, memoryBroker } = await import(
  `${build}/dist/libs/hub/src/index.js`
);

/** Clients throw pings away with all the rest. */
const options = { limits: { ...DEFAULT_LIMITS, pingInterval: 0 } };

/** Hubs of one process are compared: they must not hear each other. */
const own = (name) => `${app}-${name}`;

const makeBroker = {
  none: () => undefined,
  memory: () => memoryBroker(new MemoryBrokerServer()),
  redis: async (name) => {
    const { redisBroker } = await import(`${build}/dist/libs/redis/src/index.js`);
    return redisBroker({ url, app: own(name) });
  },
  ioredis: async (name) => {
    const { redisBroker } = await import(`${build}/dist/libs/redis/src/index.js`);
    const { Redis } = await import('ioredis');
    return redisBroker({ app: own(name), client: new Redis(url, { lazyConnect: true }) });
  },
  nats: async (name) => {
    const { natsBroker } = await import(`${build}/dist/libs/nats/src/index.js`);
    return natsBroker({ servers: url, app: own(name) });
  },
  'node-cluster': async () => {
    const { nodeClusterBroker } = await import(`${build}/dist/libs/node-cluster/src/index.js`);
    return nodeClusterBroker({ path });
  },
  client: () => undefined,
};

/** What node-redis alone takes for a publish, without a cluster: no broker on Redis costs less. */
async function bareClient() {
  const { createClient } = await import('redis');
  const client = createClient({ url });
  await client.connect();
  let waiting = 0;
  const answered = () => waiting--;
  return {
    get waiting() {
      return waiting;
    },
    publish(bytes) {
      waiting++;
      client.publish('bench', bytes).then(answered, answered);
    },
  };
}

const hubs = new Map();

async function open({ name, broker, delivery = 'at-most-once' }) {
  const made = await makeBroker[broker.replace(/\d+$/, '')](name);
  const hub = new Hub({
    ...(made && { broker: made, cluster: { delivery } }),
    onError: (error) => error.code === 'ECONNRESET' || console.error(error),
  });
  const endpoint = hub.endpoint({ router: new MessageRouter([]) });
  const connections = [];
  const server = createServer();
  UpgradeRouter.of(server).mount({
    claims: () => true,
    handle(request, socket, head) {
      const upgrade = UpgradeRequest.read(request, socket, head, options);
      if (upgrade === null) return;
      connections.push(endpoint.accept(upgrade, hub.snapshot(upgrade.opening), {}));
    },
  });
  await hub.start();
  server.listen(0, '127.0.0.1', 4096);
  await once(server, 'listening');
  const bare = broker === 'client' ? await bareClient() : undefined;
  hubs.set(name, { hub, connections, bare });
  return { port: server.address().port, state: hub.cluster?.state };
}

/** The first `size` connections become members of a room. */
async function join({ name, room, size }) {
  const { hub, connections } = hubs.get(name);
  for (const connection of connections.slice(0, size)) hub.rooms.join(connection, room);
  await hub.rooms.settled?.(room);
}

const idle = ({ connections, hub, bare }) =>
  connections.every(({ bufferedAmount }) => bufferedAmount === 0) &&
  (bare?.waiting ?? 0) === 0 &&
  (hub.cluster === undefined || (hub.cluster.stats?.outbox?.entries ?? 0) === 0);

/** @returns microseconds of CPU, of all threads, until all of it has left */
async function broadcast({ name, room, bytes, count, perTurn = 1 }) {
  const node = hubs.get(name);
  const data = { text: 'x'.repeat(Math.max(1, bytes - 39)) };
  const encoded = Buffer.from(JSON.stringify({ event: 'said', data }));
  const before = process.cpuUsage();
  const started = performance.now();
  let stalled = 0;
  for (let sent = 0; sent < count;) {
    for (let at = 0; at < perTurn && sent < count; at++, sent++) {
      const { queued } = node.hub.rooms.to(room).send('said', data);
      node.bare?.publish(encoded);
      if (queued > 0) stalled++;
    }
    await turn();
  }
  while (!idle(node)) await pause(1);
  const { user, system } = process.cpuUsage(before);
  return { cpu: user + system, wall: (performance.now() - started) * 1000, stalled };
}

async function sustain({ name, room, bytes, milliseconds }) {
  const { hub } = hubs.get(name);
  const data = { text: 'x'.repeat(Math.max(1, bytes - 39)) };
  const before = process.cpuUsage();
  const sentBefore = hub.cluster.stats.sent;
  const started = performance.now();
  while (performance.now() - started < milliseconds) {
    for (let at = 0; at < 64 && hub.cluster.stats.outbox.entries < 2_000; at++) {
      hub.rooms.to(room).send('said', data);
    }
    await turn();
  }
  while (hub.cluster.stats.outbox.entries > 0) await pause(1);
  const wall = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  const { sent, dropped } = hub.cluster.stats;
  return { sent: sent - sentBefore, dropped, cpu: user + system, wall };
}

async function rest({ milliseconds }) {
  const before = process.cpuUsage();
  await pause(milliseconds);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const commands = {
  open,
  join,
  broadcast,
  sustain,
  rest,
  cpu: () => process.cpuUsage(),
  nodes: ({ name }) => hubs.get(name).hub.cluster.nodes.length,
  received: ({ name }) => hubs.get(name).hub.cluster.stats.received,
  stats: ({ name }) => hubs.get(name).hub.cluster.stats,
};

process.on('disconnect', () => process.exit());
async function answer({ id, command, argument }) {
  try {
    process.send({ id, value: await commands[command](argument ?? {}) });
  } catch (error) {
    process.send({ id, error: String(error?.stack ?? error) });
  }
}

process.on('message', (message) => void answer(message));
process.send({ ready: true });
