// Servers that let us in, and those that should not be used: found before a session is open.
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisBroker, type RedisBrokerOptions } from 'nestwire/redis';
import { createClient, createCluster, createSentinel } from 'redis';
import { BrokerUnavailable } from '#hub';
import { TEST_CERTIFICATE } from '../../../libs/engine/src/testing-fixtures/test-certificate.js';
import { BrokerNode } from '../support/broker-node.js';
import { freshApp } from '../support/redis-clients.js';
import { freePort } from '../../support/free-port.js';
import { RedisServer } from '../support/redis-server.js';

const RIGHTS =
  '-@all +@read +@write +@pubsub +@scripting +@connection -@dangerous +info +role +time';
const BOUNDS = { maxMessages: 10, maxBytes: 1_000, maxAge: 60_000 };
let server: RedisServer;
let app = freshApp();
const nodes: BrokerNode[] = [];
const others: RedisServer[] = [];

beforeAll(async () => {
  server = await RedisServer.start({
    args: ['--unixsocket', join('/tmp', `nestwire-${process.pid}.sock`)],
  });
});
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
  for (const other of others.splice(0)) await other.stop();
  app = freshApp();
});
afterAll(() => server.stop());

async function another(...args: string[]): Promise<RedisServer> {
  const other = await RedisServer.start({ args });
  others.push(other);
  return other;
}

async function open(options: Partial<RedisBrokerOptions>): Promise<BrokerNode> {
  const node = new BrokerNode(redisBroker({ app, ...options }));
  nodes.push(node);
  return node.open();
}

/** All a node does. */
async function work(node: BrokerNode): Promise<void> {
  await node.session.subscribe(['a', 'r:x']);
  await node.send([['r:x', 'hello']], true);
  await node.until(() => node.messages.length === 1);
  for await (const { channel } of node.session.readLog(node.node, 0, { messages: 9, bytes: 99 })) {
    expect(channel).toBe('r:x');
  }
  await node.history.follow('x', () => {});
  for (const id of [undefined, 'id']) await node.history.append('x', Buffer.from('a'), BOUNDS, id);
  await node.history.read('x', 0, BOUNDS);
  await node.history.clear('x');
  const mail = { body: Buffer.from('a'), expiresAt: Date.now() + 5_000, size: 1 };
  const box = { maxMessages: 1, maxBytes: 10 };
  await node.mailbox.push('u', mail, box);
  const { number } = await node.mailbox.push('u', mail, box);
  expect(await node.mailbox.remove('u', [number])).toBe(true);
  await node.mailbox.clear('u');
  await node.session.probe();
}

async function user(rights: string): Promise<string> {
  await server.command('ACL', 'SETUSER', app, 'reset', 'on', '>se:cr@et', ...rights.split(' '));
  return `redis://${app}:se%3Acr%40et@127.0.0.1:${server.port}`;
}

const all = (): string => `~nw:${app}:* &nw:${app}:* ${RIGHTS}`;

describe('a user of Redis', () => {
  it('needs no more than the rights that are documented, with either client', async () => {
    const url = await user(all());
    await work(await open({ url }));
    await work(await open({ client: new Redis(url, { lazyConnect: true }) }));
    const log = String(await server.command('ACL', 'LOG'));
    expect(log).not.toContain(app);
  });

  it.each([
    ['-publish', "'publish' command"],
    ['-subscribe', "'subscribe' command"],
    ['-info', "'info' command"],
    ['-role', "'role' command"],
    ['-set', "can't run this command"],
    ['-get', "'get' command"],
    ['-@scripting', "'script|load' command"],
    ['resetkeys', 'keys'],
    ['resetchannels', 'channels'],
  ])('with %s is refused, with what it needs', async (missing, named) => {
    const url = await user(`${all()} ${missing}`);
    const opening = open({ url });
    await expect(opening).rejects.toThrow(BrokerUnavailable);
    const message = await opening.catch((error: Error) => error.message);
    expect(message).toMatch(/^Cannot use Redis at redis:\/\/127\.0\.0\.1:\d+: (NOPERM|ERR) /);
    expect(message).toContain(named);
    expect(message).toContain(`; its user needs ${all()}`);
    expect(message).not.toContain('se:cr');
  });

  it('without a right of the stores is told so by them, and carries messages', async () => {
    const node = await open({ url: await user(`${all()} -rpush -xadd -xrange`) });
    await expect(node.history.append('x', Buffer.from('a'), BOUNDS)).rejects.toThrow(
      BrokerUnavailable,
    );
    await expect(node.mailbox.list('u')).rejects.toThrow('NOPERM');
    await node.send([['a', 'x']]);
    await expect(node.send([['a', 'x']], true)).rejects.toThrow(`its user needs ${all()}`);
  });

  it('without EVAL is told so once, and sends one by one from then on', async () => {
    const node = await open({ url: await user(`${all()} -eval`) });
    await node.session.subscribe(['a']);
    const batch: [string, string][] = [
      ['a', 'x'],
      ['a', 'y'],
    ];
    await expect(node.send(batch)).rejects.toThrow('NOPERM');
    await node.send(batch);
    await node.until(() => node.messages.length === 2);
  });

  it('with a wrong password, or none, is refused', async () => {
    const url = await user(all());
    await expect(open({ url: url.replace('et@', 'x@') })).rejects.toThrow('WRONGPASS');
    const client = new Redis(url.replace('et@', 'x@'), { lazyConnect: true });
    await expect(open({ client })).rejects.toThrow('WRONGPASS');
    const locked = await another('--requirepass', 'secret');
    await expect(open({ url: locked.url })).rejects.toThrow('NOAUTH');
    await work(await open({ url: locked.url, options: { password: 'secret' } }));
    await work(await open({ client: createClient({ url: locked.url, password: 'secret' }) }));
  });
});

describe('a server', () => {
  it('is reached over TLS, and refused when it is not who it should be', async () => {
    const { key, cert } = TEST_CERTIFICATE;
    const [keyFile, certFile] = [join(server.folder, 'key'), join(server.folder, 'cert')];
    writeFileSync(keyFile, key);
    writeFileSync(certFile, cert);
    const port = await freePort();
    const tls = `--port 0 --tls-port ${port} --tls-auth-clients no --tls-key-file ${keyFile} --tls-cert-file ${certFile} --tls-ca-cert-file ${certFile}`;
    await another(...tls.split(' '));
    const url = `rediss://localhost:${port}`;
    await work(await open({ url, options: { socket: { ca: cert } } }));
    await work(await open({ client: new Redis(url, { lazyConnect: true, tls: { ca: cert } }) }));
    await expect(open({ url })).rejects.toThrow(/self-signed|self signed/);
    await expect(open({ client: new Redis(url, { lazyConnect: true }) })).rejects.toThrow(
      /self-signed|self signed/,
    );
    await expect(open({ url: `redis://localhost:${port}` })).rejects.toThrow(BrokerUnavailable);
    await expect(open({ url: `rediss://127.0.0.1:${server.port}` })).rejects.toThrow(
      BrokerUnavailable,
    );
  });

  it('is reached through a Unix socket, and in another database', async () => {
    await work(await open({ url: `unix:///tmp/nestwire-${process.pid}.sock` }));
    await work(await open({ url: `${server.url}/3` }));
    await work(await open({ client: createClient({ url: `${server.url}/4`, RESP: 2 }) }));
    await work(await open({ client: new Redis(server.url, { lazyConnect: true, protocol: 2 }) }));
  });

  it('that is a replica, or a Redis Cluster, is refused', async () => {
    const replica = await another('--replicaof', '127.0.0.1', String(server.port));
    await expect(open({ url: replica.url })).rejects.toThrow(
      `Cannot use Redis at ${replica.url}: a master is needed, current value of its role is slave`,
    );
    const cluster = await another('--cluster-enabled', 'yes');
    await expect(open({ url: cluster.url })).rejects.toThrow('current value is a Redis Cluster');
  });

  it('that is not there, silent or no Redis is refused within 2 seconds', async () => {
    const port = await freePort();
    await expect(open({ url: `redis://127.0.0.1:${port}` })).rejects.toThrow('ECONNREFUSED');
    await expect(
      open({ client: new Redis(port, '127.0.0.1', { lazyConnect: true }) }),
    ).rejects.toThrow('ECONNREFUSED');
    const servers = await Promise.all(
      [
        () => {},
        (socket: { end(text: string): void }) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
        (socket: { destroy(): void }) => socket.destroy(),
      ].map(listen),
    );
    const start = performance.now();
    const openings = servers.flatMap((other) => {
      const url = `redis://127.0.0.1:${(other.address() as { port: number }).port}`;
      return [open({ url }), open({ client: new Redis(url, { lazyConnect: true }) })];
    });
    const results = await Promise.allSettled(openings);
    expect(performance.now() - start).toBeLessThan(2_300);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(BrokerUnavailable) });
    }
    for (const other of servers) other.close();
  });
});

async function listen(connected: (socket: never) => void): Promise<Server> {
  const other = createServer((socket) => {
    socket.on('error', () => {});
    connected(socket as never);
  });
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
  return other;
}

describe('the options', () => {
  const cases: [object, string][] = [
    [{ app: 'a:b' }, 'app of redisBroker: expected a name of 1 to 64 letters, digits, _ and -'],
    [{ app: 'a', url: 'http://:secret@x' }, 'url of redisBroker: expected a URL redis://'],
    [{ app: 'a', ulr: 'redis://x' }, 'did you mean url?'],
    [{ app: 'a', url: 'redis://x', sentinels: { nodes: [{ host: 'x' }] } }, 'nothing beside url'],
    [{ app: 'a', sentinels: { nodes: [{ host: 'x', port: 0 }] } }, 'option sentinels.nodes of'],
    [{ app: 'a', client: { duplicate() {} } }, 'a client of redis or ioredis'],
    [{ app: 'a', client: createCluster({ rootNodes: [] }) }, 'no cluster and no pool'],
    [
      {
        app: 'a',
        client: createSentinel({ name: 'x', sentinelRootNodes: [{ host: 'x', port: 1 }] }),
      },
      'no cluster and no pool',
    ],
    [{ app: 'a', client: createClient().createPool() }, 'no cluster and no pool'],
    [{ app: 'a', client: createClient(), options: {} }, 'nothing beside client'],
    [{ app: 'a', maxMessage: 1 }, 'maxMessage of redisBroker: expected whole bytes, 1048576'],
  ];
  it.each(cases)('are refused where they make no sense: %#', (options, message) => {
    let error: unknown;
    try {
      redisBroker(options as RedisBrokerOptions);
    } catch (caught) {
      error = caught;
    }
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain('secret');
  });

  it('leave the client of the application as it is', async () => {
    const client = createClient({ url: server.url, commandOptions: { timeout: 1_000 } });
    await client.connect();
    const node = await open({ client });
    await work(node);
    await node.close();
    await client.set(`nw:${app}:mine`, 'x');
    expect(await client.get(`nw:${app}:mine`)).toBe('x');
    expect(client.options.disableOfflineQueue).toBeUndefined();
    expect(client.options.socket).not.toHaveProperty('reconnectStrategy');
    client.destroy();
  });
});
