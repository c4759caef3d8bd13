// Many channels and many messages: bounds are wide, figures go to standard error.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrokerNode } from '../support/broker-node.js';
import { freshApp, openNode, type ClientName } from '../support/redis-clients.js';
import { RedisServer } from '../support/redis-server.js';

const CHANNELS = 50_000;
const BOUNDS = { maxMessages: 100, maxBytes: 256 * 1024, maxAge: 600_000 };
let server: RedisServer;
let app = '';
const nodes: BrokerNode[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
});
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
});
afterAll(() => server.stop());

async function open(client: ClientName): Promise<BrokerNode> {
  app = freshApp();
  const node = await openNode(server.url, app, client);
  nodes.push(node);
  return node;
}

/** Runs and says what it took. @param count of what it is counted by */
async function measured(what: string, count: number, run: () => Promise<unknown>): Promise<number> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const took = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  process.stderr.write(
    `${what}: ${took.toFixed(0)} ms, ${((user + system) / count).toFixed(1)} us of CPU each\n`,
  );
  return took;
}

/** So many calls, 64 at a time. */
async function deep(count: number, call: (index: number) => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += 64) {
    await Promise.all(Array.from({ length: 64 }, (_, index) => call(done + index)));
  }
}

describe.each<ClientName>(['url', 'ioredis'])('by %s', (client) => {
  it(`${CHANNELS} channels are subscribed, and again after the connection was lost`, async () => {
    const node = await open(client);
    const channels = Array.from({ length: CHANNELS }, (_, index) => `r:room ${index}`);
    const subscribe = () => node.session.subscribe(channels);
    expect(await measured(`${client}: subscribe ${CHANNELS}`, CHANNELS, subscribe)).toBeLessThan(
      9_000,
    );
    await node.send([
      ['r:room 0', 'a'],
      [`r:room ${CHANNELS - 1}`, 'b'],
    ]);
    await node.until(() => node.messages.length === 2);
    const rooms = channels.map((name) => name.slice(2));
    let heard = 0;
    await measured(`${client}: follow ${CHANNELS}`, CHANNELS, () =>
      Promise.all(rooms.map((room) => node.history.follow(room, () => heard++))),
    );
    await server.killClients(`nw:${app}:`, 'pubsub');
    await node.until(() => node.ends.length === 1);
    const took = await measured(`${client}: open again, ${CHANNELS} followed`, CHANNELS, () =>
      node.reopen(),
    );
    expect(took).toBeLessThan(9_000);
    await node.history.append(`room ${CHANNELS - 1}`, Buffer.from('x'), BOUNDS);
    await node.until(() => heard === 1);
    const ends = await node.history.ends(rooms.slice(0, 5_000));
    expect(ends).toHaveLength(5_000);
  });

  it('messages cost what they should', async () => {
    const node = await open(client);
    const count = 20_032;
    const body = Buffer.alloc(1_024, 'x');
    let seq = 0;
    const batch = (size: number) =>
      Array.from({ length: size }, () => ({ channel: 'r:x', message: body, seq: ++seq, copy: 0 }));
    const bounds = { maxMessages: 9, maxBytes: 99_999 };
    await deep(2_048, () => node.session.send(batch(1), true));
    await measured(`${client}: publish, alone`, count, () =>
      deep(count, () => node.session.send(batch(1), false)),
    );
    await measured(`${client}: publish, 64 a batch`, count, async () => {
      for (let done = 0; done < count; done += 64) await node.session.send(batch(64), false);
    });
    await measured(`${client}: publish and log, 64 a batch`, count, async () => {
      for (let done = 0; done < count; done += 64) await node.session.send(batch(64), true);
    });
    await measured(`${client}: append, one room`, count, () =>
      deep(count, () => node.history.append('x', body, BOUNDS)),
    );
    await measured(`${client}: append, 64 rooms`, count, () =>
      deep(count, (index) => node.history.append(`x${index % 64}`, body, BOUNDS)),
    );
    await measured(`${client}: append, 1 at a time`, 2_000, async () => {
      for (let index = 0; index < 2_000; index++) await node.history.append('y', body, BOUNDS);
    });
    await measured(`${client}: read a page of 100`, 1_024, () =>
      deep(1_024, () => node.history.read('x', 0, BOUNDS)),
    );
    await measured(`${client}: push mail`, 5_056, () =>
      deep(5_056, (index) =>
        node.mailbox.push(
          `u${index % 1_000}`,
          { body, expiresAt: Date.now() + 60_000, size: body.length },
          bounds,
        ),
      ),
    );
    const stats = String(await server.command('INFO', 'commandstats'));
    const calls = [...stats.matchAll(/cmdstat_(evalsha|publish|xadd):.*?usec_per_call=([\d.]+)/g)];
    process.stderr.write(`server: ${calls.map(([, name, us]) => `${name} ${us} us`).join(', ')}\n`);
    expect(node.ends).toEqual([]);
    expect(node.unloggedCount).toBe(0);
  });
});
