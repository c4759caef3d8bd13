import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LeakServer } from './leak-server.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What a process holds on to, and what a hub counts. */
export interface Footprint {
  /** MiB. */
  readonly heap: number;
  readonly external: number;
  readonly rss: number;
  /** Sockets, timers and other handles that keep a process alive. */
  readonly handles: number;
  readonly timers: number;
  /** Of the hub and its server, all of which has to be 0 when everybody is gone. */
  readonly left: Readonly<Record<string, number>>;
}

const MIB = 1024 * 1024;

/** After all that can be freed was freed. */
export async function footprint(server: LeakServer): Promise<Footprint> {
  // A line for each connection that broke a rule is kept by tests, not by applications.
  server.log.lines.length = 0;
  for (let round = 0; round < 3; round++) {
    collect();
    // Finalizers, and what Node defers to a later turn.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  const timers = resources.filter((name) => name === 'Timeout').length;
  return {
    heap: heapUsed / MIB,
    external: external / MIB,
    rss: rss / MIB,
    handles: resources.length - timers,
    timers,
    left: await leftIn(server),
  };
}

/** Waits until everybody is gone. @throws when somebody is still there after a minute */
export async function empty(server: LeakServer): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const left = await leftIn(server);
    if (Object.values(left).every((count) => count === 0)) return;
    if (performance.now() > deadline) throw new Error(`Somebody is left: ${JSON.stringify(left)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function leftIn({ app, hub }: LeakServer): Promise<Record<string, number>> {
  const sockets = await new Promise<number>((resolve, reject) => {
    app.getHttpServer().getConnections((error: Error | null, count: number) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
  return {
    sockets,
    connections: hub.registry.size,
    users: hub.registry.users,
    rooms: hub.rooms.count,
    present: hub.presence.size,
    counted: hub.limits.idle ? 0 : 1,
  };
}
