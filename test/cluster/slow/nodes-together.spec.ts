import { mkdtempSync, rmSync } from 'node:fs';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NatsServer } from '../support/nats-server.js';
import { RedisServer } from '../support/redis-server.js';
import { NodeHandle, type BrokerPlace } from './support/node-handle.js';
import { until } from './support/scenario.js';

const PRIMARY = fileURLToPath(new URL('./support/primary-process.mjs', import.meta.url));

/** A broker that can be killed, and come back without anything it had. */
interface Server {
  readonly place: BrokerPlace;
  kill(): Promise<void>;
  /** Empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const SERVERS: Readonly<Record<string, () => Promise<Server>>> = {
  redis: async () => {
    const server = await RedisServer.start();
    return {
      place: { kind: 'redis', url: server.url, app: 'together' },
      kill: () => server.kill(),
      restart: () => server.start(),
      stop: () => server.stop(),
    };
  },
  nats: async () => {
    const server = await NatsServer.start();
    return {
      place: { kind: 'nats', url: server.url, app: 'together' },
      kill: async () => {
        await server.kill();
        server.empty();
      },
      restart: () => server.start(),
      stop: () => server.stop(),
    };
  },
  'node-cluster': async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nestwire-together-'));
    const path = join(folder, 'primary');
    let primary: ChildProcess | undefined;
    const restart = async (): Promise<void> => {
      primary = fork(PRIMARY, [path], { execArgv: [] });
      await once(primary, 'message');
    };
    const kill = async (): Promise<void> => {
      if (primary === undefined) return;
      const gone = once(primary, 'exit');
      primary.kill('SIGKILL');
      primary = undefined;
      await gone;
      rmSync(path, { force: true });
    };
    await restart();
    const stop = async (): Promise<void> => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    };
    return { place: { kind: 'node-cluster', path, app: 'together' }, kill, restart, stop };
  },
};

describe.each(Object.keys(SERVERS))('two nodes together over %s', (kind) => {
  let server: Server;
  let nodes: NodeHandle[];

  beforeEach(async () => {
    server = await (SERVERS[kind] as () => Promise<Server>)();
    nodes = await Promise.all(
      ['n0', 'n1'].map((name) =>
        NodeHandle.start({ name, broker: server.place, delivery: 'at-most-once' }),
      ),
    );
    for (const node of nodes) await until(async () => (await node.ask('peers')) === 1);
  });

  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await server.stop();
  });

  const at = (index: number): NodeHandle => nodes[index] as NodeHandle;
  const run = <Value>(index: number, code: string): Promise<Value> =>
    at(index).ask('evaluate', { code });

  it('deliver what both publish to a room with a history in one order', async () => {
    for (const node of nodes) await node.ask('join', { rooms: ['h'], history: true });
    const publish = { rate: 150, milliseconds: 2_000, rooms: ['h'], history: true };
    await Promise.all(nodes.map((node) => node.ask('publish', publish)));
    await pause(1_500);
    const [one, two] = await Promise.all(nodes.map((node) => node.report()));
    expect(one?.errors).toEqual([]);
    expect(one?.places.map(([, , offset]) => offset)).toEqual(
      Array.from({ length: 600 }, (_none, index) => index + 1),
    );
    expect(two?.places).toEqual(one?.places);
    expect([one?.unhandled, two?.unhandled]).toEqual([[], []]);
  });

  it('say of a position that it is lost once the broker came back empty, never that it is whole', async () => {
    await at(0).ask('join', { rooms: ['h'], history: true });
    const published = await run<{ epoch: string; offset: number }>(
      0,
      `for (let n = 0; n < 4; n++) await hub.history.publish('h', 'm', { n });
       const { epoch, offset } = await hub.history.position('h'); return { epoch, offset };`,
    );
    expect(published.offset).toBe(4);
    const rejoin = `const { recovered, count, offset } = await hub.history.join(members[0], 'h', { since: { epoch: '${published.epoch}', offset: 2 } });
       return { recovered, count, offset };`;
    await at(1).ask('join', { rooms: [] });
    expect(await run(1, rejoin)).toEqual({ recovered: true, count: 2, offset: 4 });
    await server.kill();
    await until(async () => (await at(1).ask('state')) !== 'up');
    const refused = await run<string>(
      1,
      `return hub.history.publish('h', 'm', {}).then(() => 'kept', (error) => error.code);`,
    );
    expect(refused).toBe('UNAVAILABLE');
    await server.restart();
    for (const node of nodes) await until(async () => (await node.ask('state')) === 'up');
    for (let n = 0; n < 6; n++) {
      await run(0, `await hub.history.publish('h', 'm', { again: ${n} }); return 0;`);
    }
    expect(await run(1, rejoin)).toMatchObject({ recovered: false, offset: 6 });
  });

  it('see the people of a node that was killed go within 13 seconds, and name it in queries', async () => {
    for (const [index, user] of ['ada', 'bob'].entries()) {
      await at(index).ask('join', { rooms: ['lobby'], user });
      await run(index, `return hub.presence.track(members[0], 'lobby', { here: true });`);
    }
    const people = `return (await hub.presence.people('lobby')).map(({ key }) => key).sort();`;
    await until(async () => (await run<string[]>(0, people)).length === 2);
    expect(await run(0, `return hub.registry.cluster.count();`)).toBe(2);
    await at(1).kill();
    const killed = Date.now();
    const asked = await run<{ value: number; missing: { reason: string }[] }>(
      0,
      `return hub.registry.cluster.count({}, { partial: true, timeout: 500 });`,
    );
    expect(asked).toMatchObject({ value: 1, missing: [{ reason: 'timeout' }] });
    await until(async () => (await run<string[]>(0, people)).length === 1);
    expect(Date.now() - killed).toBeLessThan(13_000);
    const { timeline } = await at(0).report();
    expect(timeline.map(({ nodeDown }) => nodeDown)).toContain('n1');
    expect(await run(0, `return hub.registry.cluster.count();`)).toBe(1);
  });

  it('hand mail that waits to whichever node the user comes to, and never again once acknowledged', async () => {
    await run(
      0,
      `await hub.mailbox.send('ada', 'mail', { n: 1 }, { acknowledge: true }); return 0;`,
    );
    await at(1).ask('join', { rooms: [], user: 'ada' });
    await until(async () => (await at(1).report()).other.some(({ event }) => event === 'mail'));
    const acknowledge = `const [mail] = await hub.mailbox.waiting('ada');
      return hub.mailbox.acknowledge(members[0], mail.number).then(() => 'done', (error) => error.code);`;
    expect(await run(1, acknowledge)).toBe('done');
    await at(0).ask('join', { rooms: [], user: 'ada' });
    expect(await run(0, `return hub.mailbox.waiting('ada');`)).toEqual([]);
    await pause(300);
    expect((await at(0).report()).other).toEqual([]);
  });

  it('end within their deadline when the broker is dead, and start without it', async () => {
    await server.kill();
    await until(async () => (await at(0).ask('state')) !== 'up');
    expect(await at(0).stop(1_000)).toBeLessThan(2_500);
    const started = Date.now();
    const late = await NodeHandle.start({
      name: 'late',
      broker: server.place,
      delivery: 'at-most-once',
    });
    nodes.push(late);
    expect(Date.now() - started).toBeLessThan(5_000);
    expect(await late.ask('state')).not.toBe('up');
    await server.restart();
    await until(async () => (await late.ask('state')) === 'up');
    await until(async () => (await late.ask('peers')) === 1);
    expect((await late.report()).unhandled).toEqual([]);
  });
});
