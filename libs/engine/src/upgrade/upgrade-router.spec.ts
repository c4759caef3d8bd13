import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  closeHttpServers,
  httpServer,
  httpsServer,
  listen,
} from '../testing-fixtures/http-servers.js';
import { RawPeer, closeRawPeers, headerOf } from '../testing-fixtures/raw-peer.js';
import { upgradeHead } from '../testing-fixtures/upgrade-head.js';
import { refuseUpgrade } from '../opening/refuse-upgrade.js';
import { UpgradeRequest } from './upgrade-request.js';
import { UpgradeRouter, type UpgradeRoute } from './upgrade-router.js';
import { RecordingListener } from '../testing-fixtures/recording-listener.js';

afterEach(async () => {
  await closeRawPeers();
  await closeHttpServers();
});

/** A route that answers with a status of its own, by which it can be told. */
function route(claims: (request: IncomingMessage) => boolean, status: number): UpgradeRoute {
  return { claims, handle: (_request, socket) => refuseUpgrade(socket, status) };
}

const at = (path: string) => (request: IncomingMessage) => request.url === path;

async function statusOf(port: number, path: string, tls = false): Promise<number> {
  const peer = await RawPeer.connect(port, { tls });
  peer.write(upgradeHead({ line: `GET ${path} HTTP/1.1` }));
  const { status } = await peer.readHead();
  await peer.destroy();
  return status;
}

describe.each([
  ['HTTP', httpServer, false],
  ['HTTPS', httpsServer, true],
])('upgrades on one %s server', (_name, createServer, tls) => {
  it('go to the first route that claims them', async () => {
    const server = createServer();
    const router = UpgradeRouter.of(server);
    router.mount(route(at('/a'), 410));
    router.mount(route(at('/b'), 411));
    router.mount(route(at('/b'), 412));
    const port = await listen(server);
    expect(await statusOf(port, '/a', tls)).toBe(410);
    expect(await statusOf(port, '/b', tls)).toBe(411);
  });

  it('are answered 404 when nobody claims them', async () => {
    const server = createServer();
    UpgradeRouter.of(server).mount(route(at('/a'), 410));
    const port = await listen(server);
    const peer = await RawPeer.connect(port, { tls });
    peer.write(upgradeHead({ line: 'GET /other HTTP/1.1' }));
    const head = await peer.readHead();
    expect([head.status, headerOf(head, 'Connection')]).toEqual([404, 'close']);
    expect((await peer.readToEnd()).toString()).toBe('No WebSocket is served at this path');
  });

  it('are left to other listeners when nobody claims them', async () => {
    const server = createServer();
    UpgradeRouter.of(server).mount(route(at('/a'), 410));
    const foreign: (string | undefined)[] = [];
    server.on('upgrade', (request: IncomingMessage, socket) => {
      foreign.push(request.url);
      if (request.url === '/foreign') refuseUpgrade(socket, 499);
    });
    const port = await listen(server);
    expect(await statusOf(port, '/foreign', tls)).toBe(499);
    expect(await statusOf(port, '/a', tls)).toBe(410);
    expect(foreign).toEqual(['/foreign', '/a']);
  });
});

describe('an upgrade router', () => {
  it('is the same for all who ask, and takes a single listener', () => {
    const server = httpServer();
    const router = UpgradeRouter.of(server);
    expect(UpgradeRouter.of(server)).toBe(router);
    expect(UpgradeRouter.of(httpServer())).not.toBe(router);
    expect(server.listenerCount('upgrade')).toBe(0);
    const unmount = [410, 411, 412].map((status) => router.mount(route(() => true, status)));
    expect(server.listenerCount('upgrade')).toBe(1);
    unmount[1]!();
    unmount[1]!();
    unmount[0]!();
    expect(server.listenerCount('upgrade')).toBe(1);
    unmount[2]!();
    expect(server.listenerCount('upgrade')).toBe(0);
  });

  it('forgets a route that is unmounted, and can be used again', async () => {
    const server = httpServer();
    const router = UpgradeRouter.of(server);
    router.mount(route(at('/a'), 410))();
    router.mount(route(at('/b'), 411));
    const port = await listen(server);
    expect(await statusOf(port, '/a')).toBe(404);
    expect(await statusOf(port, '/b')).toBe(411);
  });

  it('asks each route once, and hands on what the one that claims has found', async () => {
    const server = httpServer();
    const router = UpgradeRouter.of(server);
    const asked: string[] = [];
    const found: unknown[] = [];
    for (const [name, status] of [
      ['none', undefined],
      ['mine', 410],
      ['other', 411],
    ] as const) {
      router.mount({
        claims: ({ url }) => {
          asked.push(name);
          return status === undefined ? false : { status, url };
        },
        handle: (_request, socket, _head, claim) => {
          found.push(claim);
          refuseUpgrade(socket, claim.status);
        },
      });
    }
    expect(await statusOf(await listen(server), '/a')).toBe(410);
    expect(asked).toEqual(['none', 'mine']);
    expect(found).toEqual([{ status: 410, url: '/a' }]);
  });

  it('leaves plain requests to the server', async () => {
    const server = httpServer();
    UpgradeRouter.of(server).mount(route(() => true, 410));
    const peer = await RawPeer.connect(await listen(server));
    peer.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect((await peer.readHead()).status).toBe(200);
  });
});

describe('an upgrade that nobody claims beside other listeners', () => {
  const PATIENCE = 100;

  /** A server with one route, and one listener that is given what the route does not claim. */
  async function shared(
    listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
  ) {
    const server = httpServer();
    const router = UpgradeRouter.of(server);
    router.mount({ ...route(at('/a'), 410), handshakeTimeout: PATIENCE });
    server.on('upgrade', listener);
    const port = await listen(server);
    const upgrade = () => RawPeer.upgrade(port, { line: 'GET /unknown HTTP/1.1' });
    return { server, router, upgrade };
  }

  it('is answered 404 when none has begun to answer within the handshake timeout', async () => {
    const { upgrade } = await shared((_request, socket) => {
      // What everybody does first, long before anything is decided.
      socket.on('error', () => {});
      socket.on('close', () => {});
      socket.pause();
    });
    const began = performance.now();
    const peers = await Promise.all(Array.from({ length: 20 }, upgrade));
    for (const peer of peers) {
      expect((await peer.readHead()).status).toBe(404);
      await peer.over();
    }
    expect(performance.now() - began).toBeGreaterThanOrEqual(PATIENCE);
  });

  it.each<[string, (request: IncomingMessage, socket: Duplex, head: Buffer) => void]>([
    ['has written to it', (_request, socket) => void socket.write('HTTP/1.1 101 Mine\r\n\r\n')],
    ['reads it', (_request, socket) => void socket.on('data', () => {})],
    ['waits for it to be readable', (_request, socket) => void socket.on('readable', () => {})],
    [
      'has taken it later',
      (...upgrade) => {
        const take = () => UpgradeRequest.read(...upgrade, { handshakeTimeout: 0 });
        setTimeout(take, PATIENCE / 2);
      },
    ],
  ])('is left to the one that %s', async (_how, listener) => {
    const { upgrade } = await shared(listener);
    const peer = await upgrade();
    const later = await shared(() => {});
    await sleep(PATIENCE);
    // A second one, begun later and refused, shows that the time of the first is over.
    expect((await (await later.upgrade()).readHead()).status).toBe(404);
    expect(peer.ended).toBe(false);
    expect(peer.bytes.toString()).not.toContain('404');
  });

  it('is let go when its client resets it, which harms nobody', async () => {
    const sockets: Duplex[] = [];
    const { upgrade } = await shared((_request, socket) => void sockets.push(socket));
    const peer = await upgrade();
    while (sockets.length === 0) await turn();
    const closed = new Promise((resolve) => sockets[0]!.once('close', resolve));
    peer.reset();
    await closed;
    expect((await (await upgrade()).readHead()).status).toBe(404);
  });

  it('is answered 503 when the server is about to close', async () => {
    const sockets: Duplex[] = [];
    const { router, upgrade } = await shared((_request, socket) => void sockets.push(socket));
    const [taken, held] = [await upgrade(), await upgrade()];
    while (sockets.length < 2) await turn();
    sockets[0]!.write('mine');
    router.close();
    expect((await held.readHead()).status).toBe(503);
    sockets[0]!.end();
    await taken.over();
    expect(taken.bytes.toString()).toBe('mine');
    // Who comes now is not held for long.
    expect((await (await upgrade()).readHead()).status).toBe(404);
  });
});

function emitOf(server: Server): (...args: unknown[]) => boolean {
  return Reflect.get(server, 'emit') as (...args: unknown[]) => boolean;
}

describe('listeners of others', () => {
  it('may look at the upgrades of a route that is not exclusive, and end them, in their order', async () => {
    const server = httpServer();
    server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      if (request.headers.authorization === undefined) refuseUpgrade(socket, 401);
    });
    const settled: boolean[] = [];
    UpgradeRouter.of(server).mount({
      claims: at('/a'),
      handle: (request, socket, head) => {
        const upgrade = UpgradeRequest.read(request, socket, head)!;
        settled.push(upgrade.settled);
        upgrade.reject(410);
      },
    });
    const port = await listen(server);
    expect(await statusOf(port, '/a')).toBe(401);
    expect(settled).toEqual([true]);
  });

  it('do not hear of what an exclusive route claims, wherever they stand', async () => {
    const server = httpServer();
    const heard: (string | undefined)[] = [];
    const listener = (request: IncomingMessage, socket: Duplex): void => {
      heard.push(request.url);
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    };
    server.on('upgrade', listener);
    const unmount = UpgradeRouter.of(server).mount({
      exclusive: true,
      claims: at('/a'),
      handle: (request, socket, head) => {
        UpgradeRequest.read(request, socket, head)?.accept({ listener: new RecordingListener() });
      },
    });
    server.prependListener('upgrade', listener);
    const port = await listen(server);
    const peer = await RawPeer.open(port, { line: 'GET /a HTTP/1.1' });
    peer.send({ opcode: 9, payload: 'still there' });
    expect(await peer.said()).toEqual([10, 'still there']);
    expect(heard).toEqual([]);
    unmount();
    expect(Object.hasOwn(server, 'emit')).toBe(false);
    expect(await statusOf(port, '/a')).toBe(400);
  });

  it('are warned of when something else has replaced the emit of the server', async () => {
    const server = httpServer();
    UpgradeRouter.of(server).mount({ ...route(at('/a'), 410), exclusive: true });
    server.on('upgrade', () => {});
    Reflect.deleteProperty(server, 'emit');
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
    expect(await statusOf(await listen(server), '/a')).toBe(410);
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('Cannot keep other'), { code: 'NESTWIRE_SHARED_UPGRADE' }],
    ]);
    warn.mockRestore();
  });

  it('are left alone by an emit that was replaced after, and before', async () => {
    const server = httpServer();
    const events: unknown[] = [];
    const spy = () => {
      const emit = emitOf(server);
      server.emit = function (this: unknown, ...args: unknown[]) {
        if (args[0] === 'upgrade') events.push(args[0]);
        return Reflect.apply(emit, this, args);
      };
      return emitOf(server);
    };
    const before = spy();
    const unmount = UpgradeRouter.of(server).mount({ ...route(at('/a'), 410), exclusive: true });
    const after = spy();
    const port = await listen(server);
    expect(await statusOf(port, '/a')).toBe(410);
    expect(events).toHaveLength(1);
    unmount();
    expect(emitOf(server)).toBe(after);
    server.emit = before;
    UpgradeRouter.of(server).mount(route(at('/b'), 411))();
    expect(emitOf(server)).toBe(before);
  });
});
