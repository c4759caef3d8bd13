import { MessageRouter, type Hub } from '#hub';
import { startServer } from './stress-server.js';
import { StressClient, Tally } from './stress-client.js';

export interface ChurnOptions {
  readonly connections: number;
  readonly rooms: number;
  readonly roomsPerClient: number;
  readonly seconds: number;
  /** Messages the server itself publishes each second, beside those of the clients. */
  readonly publishes: number;
  /** Things that happen to some client each second: cuts, joins, leaves, messages. */
  readonly actions: number;
}

export interface ChurnResult {
  readonly tally: Tally;
  readonly published: number;
  /** Sends to members the server counted, recoveries included. */
  readonly rooms: number;
  readonly faults: readonly unknown[];
  /** What is left when everybody has gone; all of it has to be 0. */
  readonly left: Record<string, number>;
  /** MiB. */
  readonly rss: { readonly before: number; readonly peak: number; readonly after: number };
  /** What the garbage collector could not free, MiB. */
  readonly heap: { readonly before: number; readonly after: number };
}

const MIB = 1024 * 1024;

/** Connections that come, go and are cut while every message of every room is checked. */
export async function churn(options: ChurnOptions): Promise<ChurnResult> {
  const tally = new Tally();
  const counts = new Map<string, number>();
  const server = await startServer(
    // Room enough that nobody who comes back after a moment has missed too much.
    { history: { maxMessages: 5_000, maxBytes: 900 * 1024, maxTotalBytes: 256 * MIB } },
    (hub) => ({
      access: { canJoin: (_, room) => ({ presence: room.startsWith('present') }) },
      router: new MessageRouter([
        {
          event: 'say',
          handle: (_, data) => publish(hub, counts, (data as { room: string }).room),
        },
      ]),
    }),
  );
  const { hub } = server;
  const clients = Array.from(
    { length: options.connections },
    (_, index) => new StressClient(server.url, `c${index}`, tally),
  );
  const rooms = Array.from({ length: options.rooms }, (_, index) => `room ${index}`);
  settleMemory();
  const { rss: before, heapUsed: heapBefore } = process.memoryUsage();
  const timersBefore = timers();
  let peak = before;

  for (const [index, client] of clients.entries()) {
    for (let count = 0; count < options.roomsPerClient; count++) client.join(pick(rooms));
    if (index % 20 === 0) client.join(`present ${index % 5}`);
    client.connect();
    if (index % 50 === 49) await until(() => clients.slice(0, index + 1).every((one) => one.open));
  }
  await until(() => clients.every((one) => one.settled));

  const ticks = options.seconds * 100;
  for (let tick = 0; tick < ticks; tick++) {
    for (let n = due(options.publishes, tick); n > 0; n--) void publish(hub, counts, pick(rooms));
    for (let n = due(options.actions, tick); n > 0; n--) act(pick(clients), rooms);
    if (tick % 100 === 0) peak = Math.max(peak, process.memoryUsage().rss);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }

  await until(() => clients.every((one) => one.settled));
  for (const room of rooms) await publish(hub, counts, room);
  await until(() =>
    clients.every((one) => rooms.every((room) => one.isAt(room, counts.get(room) ?? 0))),
  );
  peak = Math.max(peak, process.memoryUsage().rss);

  await Promise.all(clients.map((one, index) => one.stop(index % 2 === 0 ? 'close' : 'terminate')));
  await until(() => hub.registry.size === 0);
  await server.stop();
  await new Promise((resolve) => setTimeout(resolve, 300));
  settleMemory();
  const { rss: after, heapUsed: heapAfter } = process.memoryUsage();
  return {
    tally,
    published: [...counts.values()].reduce((sum, count) => sum + count, 0),
    rooms: counts.size,
    faults: server.faults,
    left: {
      connections: hub.registry.size,
      users: hub.registry.users,
      rooms: hub.rooms.count,
      present: hub.presence.size,
      counted: hub.limits.idle ? 0 : 1,
      timers: Math.max(0, timers() - timersBefore),
    },
    rss: { before: before / MIB, peak: peak / MIB, after: after / MIB },
    heap: { before: heapBefore / MIB, after: heapAfter / MIB },
  };
}

/** Numbers messages so that the number is the offset it has to get. */
function publish(hub: Hub, counts: Map<string, number>, room: string): Promise<unknown> {
  const n = (counts.get(room) ?? 0) + 1;
  counts.set(room, n);
  return hub.history.publish(room, 'said', { n, text: 'x'.repeat(n % 120) });
}

function act(client: StressClient, rooms: readonly string[]): void {
  const dice = Math.random();
  if (dice < 0.35) client.cut();
  else if (dice < 0.5) client.join(pick(rooms));
  else if (dice < 0.65) client.leave(pick(client.roomNames));
  else if (client.roomNames.length > 0) client.say(pick(rooms));
}

/** How many of `perSecond` things fall into one of a hundred ticks. */
function due(perSecond: number, tick: number): number {
  return Math.floor(((tick + 1) * perSecond) / 100) - Math.floor((tick * perSecond) / 100);
}

function pick<Item>(from: readonly Item[]): Item {
  return from[Math.floor(Math.random() * from.length)] as Item;
}

/** Timers that keep the process alive. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

function settleMemory(): void {
  globalThis.gc?.();
  globalThis.gc?.();
}

/** @throws when the condition does not come true within 60 seconds */
async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Waited too long for ${String(holds)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
