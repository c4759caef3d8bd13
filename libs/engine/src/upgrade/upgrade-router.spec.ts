import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  closeHttpServers,
  httpServer,
  httpsServer,
  listen,
} from '../testing-fixtures/http-servers.js';
import { RawPeer, closeRawPeers, headerOf } from '../testing-fixtures/raw-peer.js';
import { upgradeHead } from '../testing-fixtures/upgrade-head.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import { UpgradeRouter, type UpgradeRoute } from './upgrade-router.js';

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
