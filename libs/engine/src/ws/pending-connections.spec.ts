import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeHttpServers, httpServer, listen } from '../testing-fixtures/http-servers.js';
import { RawPeer, closeRawPeers } from '../testing-fixtures/raw-peer.js';
import { PendingConnections } from './pending-connections.js';

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

describe('connections that have not finished their handshake', () => {
  it('are destroyed above the number allowed for one address', async () => {
    const { connect } = await bounded(2);
    const first = await connect();
    const second = await connect();
    const third = await connect();
    await third.peer.over();
    expect([first, second, third].map(({ socket }) => socket.destroyed)).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('make room when they are gone', async () => {
    const { connect } = await bounded(1);
    for (let round = 0; round < 3; round++) {
      const { peer, socket } = await connect();
      expect(socket.destroyed).toBe(false);
      const gone = once(socket, 'close');
      await peer.destroy();
      await gone;
    }
  });

  it('make room when they are settled, once each', async () => {
    const { pending, connect } = await bounded(2);
    const first = await connect();
    pending.settle(first.socket);
    pending.settle(first.socket);
    await connect();
    expect((await connect()).socket.destroyed).toBe(false);
    expect((await connect()).socket.destroyed).toBe(true);
  });
});
