import { afterEach, describe, expect, it } from '@jest/globals';
import { closeHttpServers, listen } from '../testing-fixtures/http-servers.js';
import { RawPeer, closeRawPeers, headerOf } from '../testing-fixtures/raw-peer.js';
import { TEST_CERTIFICATE } from '../testing-fixtures/test-certificate.js';
import { UpgradeRouter } from './upgrade-router.js';
import { refuseUpgrade } from '../opening/refuse-upgrade.js';
import { createUpgradeOnlyServer } from './upgrade-only-server.js';

afterEach(async () => {
  await closeRawPeers();
  await closeHttpServers();
});

describe.each([
  ['plain', false],
  ['TLS', true],
])('a server for upgrades alone, %s', (_name, tls) => {
  it('answers plain requests 426, with what to come back with, and closes', async () => {
    const port = await listen(createUpgradeOnlyServer(tls ? { tls: TEST_CERTIFICATE } : {}));
    const peer = await RawPeer.connect(port, { tls });
    peer.write('GET /any HTTP/1.1\r\nHost: a\r\n\r\n');
    const head = await peer.readHead();
    expect(head.line).toBe('HTTP/1.1 426 Upgrade Required');
    const names = ['Upgrade', 'Connection', 'Content-Type', 'Content-Length'];
    expect(names.map((name) => headerOf(head, name))).toEqual([
      'websocket',
      'close, Upgrade',
      'text/plain; charset=utf-8',
      '16',
    ]);
    expect((await peer.readToEnd()).toString()).toBe('Upgrade Required');
  });

  it('leaves upgrades to who takes them', async () => {
    const server = createUpgradeOnlyServer(tls ? { tls: TEST_CERTIFICATE } : {});
    UpgradeRouter.of(server).mount({
      claims: () => true,
      handle: (_request, socket) => refuseUpgrade(socket, 418),
    });
    const peer = await RawPeer.connect(await listen(server), { tls });
    peer.write('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    expect((await peer.readHead()).status).toBe(418);
  });
});

describe('the time the head of a request may take', () => {
  it('is what is given, or Node’s', () => {
    const [given, zero, none] = [{ headersTimeout: 500 }, { headersTimeout: 0 }, undefined].map(
      (options) => createUpgradeOnlyServer(options).headersTimeout,
    );
    expect([given, zero, none]).toEqual([500, 60_000, 60_000]);
  });

  it('ends the connection of a request that never comes to its end', async () => {
    const peer = await RawPeer.connect(
      await listen(createUpgradeOnlyServer({ headersTimeout: 100 })),
    );
    peer.write('GET / HTTP/1.1\r\nHost: a\r\n');
    expect((await peer.readHead()).status).toBe(408);
    await peer.over();
  });
});
