import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeHttpServers, httpServer, listen } from '../testing-fixtures/http-servers.js';
import { RawPeer, closeRawPeers } from '../testing-fixtures/raw-peer.js';
import { upgradeHead } from '../testing-fixtures/upgrade-head.js';
import { PENDING_GRACE, PendingConnections } from './pending-connections.js';
import { WebSocketServer } from './websocket-server.js';

afterEach(async () => {
  await closeRawPeers();
  await closeHttpServers();
});

/** A server that lets in `most`, and how to connect to it. */
async function bounded(most: number) {
  const server = httpServer();
  const pending = new PendingConnections(server, most);
  const port = await listen(server);
  const connect = async () => {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const peer = await RawPeer.connect(port);
    const [socket] = await accepted;
    return { peer, socket };
  };
  return { pending, connect };
}

/** The second is over in which nobody is counted, and a little more. */
function counted(): Promise<void> {
  return sleep(PENDING_GRACE + 100);
}

describe('connections that have not finished their handshake', () => {
  it('are destroyed above the number allowed for one address', async () => {
    const { connect } = await bounded(2);
    const first = await connect();
    const second = await connect();
    const third = await connect();
    expect(third.socket.destroyed).toBe(false);
    await third.peer.over();
    // What is counted keeps out who comes next, at once.
    expect((await connect()).socket.destroyed).toBe(true);
    expect([first, second, third].map(({ socket }) => socket.destroyed)).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('make room when they are gone', async () => {
    const { connect } = await bounded(1);
    for (let round = 0; round < 2; round++) {
      const { peer, socket } = await connect();
      await counted();
      expect(socket.destroyed).toBe(false);
      const gone = once(socket, 'close');
      await peer.destroy();
      await gone;
    }
  });

  it('make room when they are settled, once each', async () => {
    const { pending, connect } = await bounded(2);
    const first = await connect();
    await counted();
    pending.settle(first.socket);
    pending.settle(first.socket);
    await connect();
    const [second, third] = [await connect(), await connect()];
    await third.peer.over();
    expect([second.socket.destroyed, third.socket.destroyed]).toEqual([false, true]);
  });

  it('are not counted when they send their request within a second, however many come', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPendingPerAddress: 5 });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const peers = await Promise.all(Array.from({ length: 100 }, () => RawPeer.connect(port)));
    for (const peer of peers) peer.write(upgradeHead());
    const heads = await Promise.all(peers.map((peer) => peer.readHead()));
    expect(new Set(heads.map(({ status }) => status))).toEqual(new Set([101]));
    await counted();
    expect(peers.filter(({ socket }) => socket.destroyed)).toEqual([]);
    for (const client of server.clients) client.terminate();
    server.close();
  });

  it.each([-1, 1.5, Number.NaN])('cannot be %d', (maxPendingPerAddress) => {
    expect(() => new WebSocketServer({ port: 0, maxPendingPerAddress })).toThrow(
      /^Cannot use option maxPendingPerAddress/,
    );
  });
});
