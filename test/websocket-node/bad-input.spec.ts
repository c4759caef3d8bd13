import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { request as WebSocketRequest } from 'nestwire/websocket-node';
import { RawPeer } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { RawServer } from '../../libs/engine/src/testing-fixtures/raw-server.js';
import { SAMPLE_KEY, upgradeHead } from '../../libs/engine/src/testing-fixtures/upgrade-head.js';
import { closeAll, closeOf, connect, startServer, type Connection } from './support/pair.js';

afterEach(closeAll);

/** Shows that the server still serves. */
async function expectAlive(url: string): Promise<void> {
  const far = await connect(url);
  expect(far.connected).toBe(true);
  far.drop();
}

// WebSocket-Node #407: the npm package `websocket` ends the process after some of these.
describe('a TCP reset during the upgrade', () => {
  it('ends nothing when connections are accepted at once', async () => {
    const { port, url } = await startServer();
    for (let count = 0; count < 100; count++) {
      const peer = await RawPeer.upgrade(port);
      if (count % 2 === 0) await turn();
      peer.reset();
    }
    await expectAlive(url);
  });

  it('ends nothing while the application thinks it over', async () => {
    const { server, port, url } = await startServer({ autoAcceptConnections: false });
    const requests: WebSocketRequest[] = [];
    const asked = new Promise<void>((resolve) => {
      server.on('request', (request) => {
        if (requests.push(request) === 20) resolve();
      });
    });
    const peers: RawPeer[] = [];
    for (let count = 0; count < 20; count++) peers.push(await RawPeer.upgrade(port));
    await asked;
    const gone = Promise.all(requests.map((request) => once(request, 'requestAbandoned')));
    for (const peer of peers) peer.reset();
    await gone;
    for (const request of requests) {
      if (requests.indexOf(request) % 2 === 0) request.reject(403);
      else expect(await closeOf(request.accept())).toMatchObject([1006, expect.any(String)]);
    }
    server.removeAllListeners('request');
    server.on('request', (request) => request.accept());
    await expectAlive(url);
  });
});

describe('an invalid first frame in the segment of the upgrade', () => {
  it('closes that connection and ends nothing', async () => {
    const { server, port, url } = await startServer();
    const closed = new Promise((resolve) => {
      server.once('close', (_connection, code) => resolve(code));
    });
    const peer = await RawPeer.upgrade(port, {}, Buffer.from([0xff, 0xff, 0xff, 0xff]));
    expect((await peer.readHead()).status).toBe(101);
    expect((await peer.said()).slice(0, 2)).toEqual([8, 1002]);
    peer.end();
    expect(await closed).toBe(1002);
    await expectAlive(url);
  });
});

describe('frames that break RFC 6455', () => {
  it.each([
    ['an unmasked frame', Buffer.from([0x81, 0x01, 0x61]), 1002],
    ['a reserved bit', Buffer.from([0xc1, 0x80, 0, 0, 0, 0]), 1002],
    ['an unknown opcode', Buffer.from([0x83, 0x80, 0, 0, 0, 0]), 1002],
    ['a fragmented ping', Buffer.from([0x09, 0x80, 0, 0, 0, 0]), 1002],
    ['a ping of 126 bytes', Buffer.from([0x89, 0xfe, 0, 126]), 1002],
    ['a continuation of nothing', Buffer.from([0x80, 0x80, 0, 0, 0, 0]), 1002],
    ['a Close frame of one byte', Buffer.from([0x88, 0x81, 0, 0, 0, 0, 3]), 1002],
    ['a Close frame with 1005', Buffer.from([0x88, 0x82, 0, 0, 0, 0, 3, 0xed]), 1002],
    ['a Close frame with 1015', Buffer.from([0x88, 0x82, 0, 0, 0, 0, 3, 0xf7]), 1002],
    ['text that is not UTF-8', Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff]), 1007],
    ['a length of 2^63', Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
  ])('%s closes the connection', async (_what, bytes, code) => {
    const { server, port } = await startServer();
    const accepted = once(server, 'connect') as Promise<[Connection]>;
    const peer = await RawPeer.open(port);
    const [near] = await accepted;
    near.on('error', (error) => {
      throw error;
    });
    peer.write(bytes);
    expect((await peer.said()).slice(0, 2)).toEqual([8, code]);
    expect([near.connected, near.state]).toEqual([false, 'ending']);
    peer.end();
    const [reported, description] = await closeOf(near);
    expect(reported).toBe(code);
    expect(description).not.toBe('');
  });

  it('a masked frame from a server closes the connection', async () => {
    const server = await RawServer.listen();
    const [far, { peer }] = await Promise.all([connect(server.url), server.accept()]);
    peer.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61]));
    peer.end();
    expect((await closeOf(far))[0]).toBe(1002);
  });

  it('more fragments than a message may have close it with 1008', async () => {
    const { port } = await startServer({ limits: { maxFragments: 100 } });
    const peer = await RawPeer.open(port);
    peer.send({ opcode: 2, fin: false });
    for (let count = 0; count < 100; count++) peer.send({ opcode: 0, fin: false });
    expect((await peer.said()).slice(0, 2)).toEqual([8, 1008]);
  });
});

describe('opening handshakes that break RFC 6455', () => {
  it.each<[string, Parameters<typeof upgradeHead>[0], number]>([
    ['POST', { line: 'POST / HTTP/1.1' }, 405],
    ['HTTP/1.0', { line: 'GET / HTTP/1.0' }, 400],
    ['no key', { headers: { 'Sec-WebSocket-Key': null } }, 400],
    ['a key of 15 bytes', { headers: { 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAA' } }, 400],
    ['two keys', { headers: { 'Sec-WebSocket-Key': [SAMPLE_KEY, SAMPLE_KEY] } }, 400],
    ['two versions', { headers: { 'Sec-WebSocket-Version': ['13', '13'] } }, 426],
    ['no version', { headers: { 'Sec-WebSocket-Version': null } }, 426],
    ['two hosts', { headers: { Host: ['a', 'b'] } }, 400],
    ['a protocol that is no token', { headers: { 'Sec-WebSocket-Protocol': 'a b' } }, 400],
    ['a protocol that comes twice', { headers: { 'Sec-WebSocket-Protocol': 'a, a' } }, 400],
    ['extensions outside the grammar', { headers: { 'Sec-WebSocket-Extensions': 'a;;' } }, 400],
    ['a body', { headers: { 'Content-Length': '5' } }, 400],
  ])('%s is refused', async (_what, head, status) => {
    const { server, port, url } = await startServer();
    const failed = once(server, 'upgradeError');
    const peer = await RawPeer.upgrade(port, head);
    const answer = await peer.readHead();
    expect([answer.status, answer.headers.get('connection')]).toEqual([
      status,
      [status === 426 ? 'close, Upgrade' : 'close'],
    ]);
    await Promise.all([failed, peer.over()]);
    await expectAlive(url);
  });
});

describe('a peer that reads nothing', () => {
  it('is held to maxSendQueueSize while everybody else is served', async () => {
    const { server, port, url } = await startServer({ maxSendQueueSize: 200_000 });
    const accepted = once(server, 'connect') as Promise<[Connection]>;
    const slow = await RawPeer.open(port);
    slow.socket.pause();
    const [near] = await accepted;
    const far = await connect(url);
    const closed = closeOf(near);
    const reached = new Promise<void>((resolve) => {
      far.on('message', (message) => {
        if (message.type === 'binary') resolve();
      });
    });
    while (near.connected) {
      server.broadcast('x'.repeat(10_000));
      await turn();
    }
    server.broadcast(Buffer.from('the last'));
    expect((await closed)[0]).toBe(1013);
    await reached;
    expect(server.connections).toHaveLength(1);
  });
});
