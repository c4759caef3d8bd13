// A master that dies, and the one that Sentinels put in its place.
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisBroker, type RedisBrokerOptions } from 'nestwire/redis';
import { BrokerNode } from '../support/broker-node.js';
import { freshApp } from '../support/redis-clients.js';
import { freePort } from '../../support/free-port.js';
import { RedisServer } from '../support/redis-server.js';

const BOUNDS = { maxMessages: 100, maxBytes: 100_000, maxAge: 60_000 };
const servers: RedisServer[] = [];
const nodes: BrokerNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
  for (const server of servers.splice(0)) await server.stop();
});

async function start(...args: string[]): Promise<RedisServer> {
  const server = await RedisServer.start({ args });
  servers.push(server);
  return server;
}

async function sentinel(master: RedisServer): Promise<RedisServer> {
  const file = join(tmpdir(), `nestwire-sentinel-${process.pid}-${master.port}.conf`);
  writeFileSync(
    file,
    [
      `sentinel monitor mymaster 127.0.0.1 ${master.port} 1`,
      'sentinel down-after-milliseconds mymaster 500',
      'sentinel failover-timeout mymaster 2000',
    ].join('\n'),
  );
  const server = await RedisServer.start({ sentinel: file });
  servers.push(server);
  return server;
}

describe.each(['redis', 'ioredis'])('Sentinels, by %s', (client) => {
  it('lead to the master, and to the next when it dies', async () => {
    const master = await start();
    const replica = await start('--replicaof', '127.0.0.1', String(master.port));
    const watcher = await sentinel(master);
    const late = Date.now() + 15_000;
    while (!String(await watcher.command('INFO', 'sentinel')).includes('slaves=1')) {
      if (Date.now() > late) throw new Error('The Sentinel has not found the replica');
      await pause(100);
    }
    const dead = await freePort();
    const options: Partial<RedisBrokerOptions> =
      client === 'redis'
        ? {
            sentinels: {
              nodes: [
                { host: '127.0.0.1', port: dead },
                { host: '127.0.0.1', port: watcher.port },
              ],
            },
          }
        : {
            client: new Redis({
              sentinels: [{ host: '127.0.0.1', port: watcher.port }],
              name: 'mymaster',
              lazyConnect: true,
            }),
          };
    const node = new BrokerNode(redisBroker({ app: freshApp(), ...options }));
    nodes.push(node);
    await node.reopen();
    const before = await node.history.append('x', Buffer.from('a'), BOUNDS);
    const generation = node.session.generation;
    await pause(200);
    await master.kill();
    await node.until(() => node.ends.length === 1);
    const took = await node.reopen();
    process.stderr.write(`Sentinel failover by ${client}: open again after ${took | 0} ms\n`);
    expect(node.session.generation).not.toBe(generation);
    expect(String(await replica.command('ROLE'))).toContain('master');
    const page = await node.history.read('x', before.offset, BOUNDS);
    expect(page.epoch).not.toBe(before.epoch);
    await node.session.probe();
  });
});

it('Sentinels that know nothing are said to', async () => {
  const master = await start();
  const watcher = await sentinel(master);
  const nodesOf = [{ host: '127.0.0.1', port: watcher.port }];
  const node = new BrokerNode(
    redisBroker({ app: freshApp(), sentinels: { name: 'other', nodes: nodesOf } }),
  );
  await expect(node.open()).rejects.toThrow(
    'Cannot use Redis at the master other: no Sentinel leads to a master other: a Sentinel knows no master other',
  );
});
