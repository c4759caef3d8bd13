// One node of a scenario, in a process of its own: a hub of the last build with members that count what
// they get. Its parent says over IPC what to do; see node-handle.ts.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Hub, MessageRouter, snapshot } from '../../../../dist/libs/hub/src/index.js';

const config = JSON.parse(process.argv[2]);
const unhandled = [];
process.on('unhandledRejection', (error) => unhandled.push(String(error)));
process.on('uncaughtException', (error) => unhandled.push(`uncaught ${error.stack}`));
process.on('disconnect', () => process.exit(0));

/** Milliseconds between the turns in which messages are published. */
const TICK = 5;

async function makeBroker() {
  const { kind, url, app, path } = config.broker;
  if (kind === 'redis' || kind === 'ioredis') {
    const { redisBroker } = await import('../../../../dist/libs/redis/src/index.js');
    if (kind === 'redis') return redisBroker({ url, app });
    const { Redis } = await import('ioredis');
    return redisBroker({ app, client: new Redis(url, { lazyConnect: true }) });
  }
  if (kind === 'nats') {
    const { natsBroker } = await import('../../../../dist/libs/nats/src/index.js');
    return natsBroker({ servers: url, app });
  }
  const { nodeClusterBroker } = await import('../../../../dist/libs/node-cluster/src/index.js');
  return nodeClusterBroker({ path });
}

const errors = [];
const hub = new Hub({
  broker: await makeBroker(),
  cluster: { name: config.name, delivery: config.delivery, ...config.cluster },
  onError: (error) => errors.push(String(error)),
});
const endpoint = hub.endpoint({ router: new MessageRouter([]) });

const timeline = [];
const gaps = [];
const dropped = [];
hub.cluster.observe({
  state: (state) => timeline.push({ state, at: Date.now() }),
  nodeUp: ({ name }) => timeline.push({ nodeUp: name, at: Date.now() }),
  nodeDown: ({ name }) => timeline.push({ nodeDown: name, at: Date.now() }),
  gap: (gap) => gaps.push({ ...gap, publisher: names.get(gap.node), at: Date.now() }),
  dropped: (drop) => dropped.push(drop),
});
const names = new Map([[hub.cluster.node, config.name]]);
hub.cluster.observe({ nodeUp: ({ id, name }) => names.set(id, name) });

/** What the member of a room got, by publisher: numbers in the order they came. */
const received = new Map();
const localDelays = [];
let lastArrival = 0;

/** A connection without a socket: it reads as fast as it is written to. */
class Member {
  readyState = 1;
  protocol = '';
  bufferedAmount = 0;
  latency = -1;
  remoteAddress = '127.0.0.1';
  setListener() {}
  sendText(text) {
    return this.#take(text);
  }
  sendBinary() {
    return 0;
  }
  sendPrepared({ payload }) {
    return this.#take(Buffer.from(payload).toString());
  }
  afterSent(callback) {
    callback();
  }
  ping() {
    return 0;
  }
  pong() {
    return 0;
  }
  close() {}
  terminate() {}
  pause() {}
  resume() {}

  #take(text) {
    const { event, data, at } = JSON.parse(text);
    if (event !== 'm') {
      other.push({ event, data, at });
      return 0;
    }
    const now = Date.now();
    if (data.p === config.name) localDelays.push(now - data.t);
    else lastArrival = now;
    const key = `${data.p} ${data.r}`;
    const list = received.get(key) ?? [];
    received.set(key, list);
    list.push(data.n, now);
    if (at !== undefined) places.push([data.r, at.epoch, at.offset, data.p, data.n]);
    return 0;
  }
}
const other = [];
const places = [];

function addMember(user) {
  const upgrade = {
    path: '/',
    url: '/',
    headers: {},
    peerAddress: '127.0.0.1',
    protocols: [],
    secure: false,
    accept: () => new Member(),
  };
  return endpoint.accept(upgrade, snapshot(upgrade, {}), { user });
}

const sent = new Map();
const padding = 'x'.repeat(Math.max(0, (config.bytes ?? 200) - 80));

async function publish({ rate, milliseconds, rooms, history = false }) {
  const started = performance.now();
  let count = 0;
  for (;;) {
    const elapsed = performance.now() - started;
    const due = (Math.min(elapsed, milliseconds) / 1000) * rate;
    while (count < due) {
      const room = rooms[count++ % rooms.length];
      const times = sent.get(room) ?? [];
      sent.set(room, times);
      const data = { p: config.name, r: room, n: times.length, t: Date.now(), padding };
      times.push(data.t);
      if (history)
        hub.history.publish(room, 'm', data).catch((error) => errors.push(String(error)));
      else hub.rooms.to(room).send('m', data);
    }
    if (elapsed > milliseconds) return count;
    await pause(TICK);
  }
}

function percentile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

const members = [];
const commands = {
  start: async () => {
    await hub.start();
    return { id: hub.cluster.node, state: hub.cluster.state };
  },
  join: ({ rooms, user, history = false }) => {
    const connection = addMember(user);
    members.push(connection);
    return Promise.all(
      rooms.map((room) =>
        history ? hub.history.join(connection, room) : hub.rooms.join(connection, room),
      ),
    ).then(() => connection.id);
  },
  leave: ({ room }) => members.map((one) => hub.rooms.leave(one, room)).length,
  settled: ({ rooms }) => Promise.all(rooms.map((room) => hub.rooms.settled?.(room))).then(() => 0),
  publish,
  state: () => hub.cluster.state,
  peers: () => hub.cluster.nodes.length - 1,
  stats: () => hub.cluster.stats,
  memory: () => process.memoryUsage(),
  cpu: () => process.cpuUsage(),
  lastArrival: () => lastArrival,
  /** Runs an expression of the test with the hub: what it returns has to be JSON. */
  evaluate: async ({ code }) => {
    // oxlint-disable-next-line typescript/no-implied-eval -- the test's own words
    const run = new Function('hub', 'members', 'pause', `return (async () => { ${code} })()`);
    return run(hub, members, pause);
  },
  report: () => ({
    name: config.name,
    sent: Object.fromEntries(sent),
    received: Object.fromEntries(received),
    timeline,
    gaps,
    dropped,
    errors,
    unhandled,
    other,
    places,
    stats: hub.cluster.stats,
    local: { p99: percentile(localDelays, 0.99), max: Math.max(0, ...localDelays) },
    rss: readFileSync('/proc/self/statm', 'utf8').split(' ')[1] * 4096,
  }),
  stop: async ({ deadline }) => {
    const started = performance.now();
    await hub.close({ deadline, notice: false });
    return performance.now() - started;
  },
};

async function answer({ id, name, argument = {} }) {
  try {
    const value = await commands[name](argument);
    process.send?.({ id, value });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.stack : String(error) });
  }
}

process.on('message', (message) => void answer(message));
process.send?.({ ready: true });
