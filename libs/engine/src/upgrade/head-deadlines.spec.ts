import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  closeHttpServers,
  httpServer,
  httpsServer,
  listen,
  nextUpgrade,
} from '../testing-fixtures/http-servers.js';
import { RawPeer, closeRawPeers } from '../testing-fixtures/raw-peer.js';
import { upgradeHead } from '../testing-fixtures/upgrade-head.js';
import { UpgradeRouter } from './upgrade-router.js';

const TIMEOUT = 250;
/** Long enough for a deadline to have passed. */
const LATER = 3 * TIMEOUT;
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

afterEach(async () => {
  await closeRawPeers();
  await closeHttpServers();
});

/** Has heads limited, and a route that takes no upgrade. */
function limited(server: Server | HttpsServer): () => void {
  const router = UpgradeRouter.of(server);
  const unmount = router.mount({ claims: () => false, handle: () => {} });
  router.limitHeads(TIMEOUT);
  return unmount;
}

describe.each([
  ['HTTP', httpServer, false],
  ['HTTPS', httpsServer, true],
])('heads on a server of %s that are limited', (_name, createServer, tls) => {
  it('A17. are answered 408 when they are not whole in time', async () => {
    const server = createServer();
    limited(server);
    const port = await listen(server);
    const begin = performance.now();
    const peers = [];
    for (const part of ['', 'G', upgradeHead().slice(0, -2), REQUEST.slice(0, 20)]) {
      const peer = await RawPeer.connect(port, { tls });
      peer.write(part);
      peers.push(peer);
    }
    for (const peer of peers) expect((await peer.readHead()).status).toBe(408);
    await Promise.all(peers.map((peer) => peer.readToEnd()));
    expect(performance.now() - begin).toBeGreaterThanOrEqual(TIMEOUT - 5);
  });

  it('end no connection that has asked for something', async () => {
    const server = createServer();
    const held: ServerResponse[] = [];
    server.removeAllListeners('request');
    server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
      held.push(response);
    });
    limited(server);
    const upgraded = nextUpgrade(server);
    const port = await listen(server);
    const peers = [];
    for (const head of [REQUEST, `POST${REQUEST.slice(3, -2)}Content-Length: 5\r\n\r\n`]) {
      const peer = await RawPeer.connect(port, { tls });
      peer.write(head);
      peers.push(peer);
    }
    const upgrading = await RawPeer.connect(port, { tls });
    upgrading.write(upgradeHead());
    const [, socket] = await upgraded;
    await sleep(LATER);
    socket.write('HTTP/1.1 101 Later\r\n\r\n');
    expect((await upgrading.readHead()).status).toBe(101);
    for (const response of held) response.end('late');
    for (const peer of peers) expect((await peer.readHead()).status).toBe(200);
    // The next request of a connection has the times of Node.
    await sleep(LATER);
    expect(peers[0]!.ended).toBe(false);
  });
});

describe('heads that are limited', () => {
  it('are not any more when nothing is mounted', async () => {
    const server = httpServer();
    const events = ['connection', 'request', 'upgrade'] as const;
    const listeners = () => events.map((event) => server.listenerCount(event));
    const before = listeners();
    limited(server)();
    expect(listeners()).toEqual(before);
    const unmount = limited(server);
    const port = await listen(server);
    const peer = await RawPeer.connect(port);
    unmount();
    await sleep(LATER);
    expect(peer.ended).toBe(false);
  });

  it('have the times of Node where requests go elsewhere than to its listeners', async () => {
    const server = httpServer();
    server.on('checkContinue', (_request: IncomingMessage, response: ServerResponse) => {
      response.writeContinue();
    });
    limited(server);
    const peer = await RawPeer.connect(await listen(server));
    peer.write(`${REQUEST.slice(0, -2)}Expect: 100-continue\r\n\r\n`);
    expect((await peer.readHead()).status).toBe(100);
    await sleep(LATER);
    expect(peer.ended).toBe(false);
  });

  it('forget connections that leave', async () => {
    const server = httpServer();
    limited(server);
    const port = await listen(server);
    for (let count = 0; count < 5; count++) await (await RawPeer.connect(port)).destroy();
    const last = await RawPeer.connect(port);
    expect((await last.readHead()).status).toBe(408);
  });
});
