import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { UsageError } from '../protocol/errors.js';
import {
  closeHttpServers,
  httpServer,
  listen,
  nextUpgrade,
} from '../testing-fixtures/http-servers.js';
import { RawPeer, closeRawPeers, headerOf } from '../testing-fixtures/raw-peer.js';
import { upgradeHead } from '../testing-fixtures/upgrade-head.js';
import { refuseUpgrade } from './refuse-upgrade.js';

afterEach(async () => {
  jest.useRealTimers();
  await closeRawPeers();
  await closeHttpServers();
});

/** A peer whose upgrade waits at `socket`, with `behind` in the same segment. */
async function upgrading(behind = Buffer.alloc(0)) {
  const server = httpServer();
  const requests: unknown[] = [];
  server.on('request', (request) => requests.push(request.url));
  const arriving = nextUpgrade(server);
  const peer = await RawPeer.upgrade(await listen(server), {}, behind);
  const [, socket] = await arriving;
  return { peer, socket, requests };
}

describe('refusing an upgrade', () => {
  it('answers with the status, a body and Connection: close, and ends the connection', async () => {
    const { peer, socket } = await upgrading();
    refuseUpgrade(socket, 403);
    const head = await peer.readHead();
    expect(head.line).toBe('HTTP/1.1 403 Forbidden');
    expect(headerOf(head, 'Connection')).toBe('close');
    expect(headerOf(head, 'Content-Length')).toBe('9');
    expect((await peer.readToEnd()).toString()).toBe('Forbidden');
  });

  it('takes a message, a body, a type and headers', async () => {
    const { peer, socket } = await upgrading();
    refuseUpgrade(socket, 503, {
      body: '{"später":true}',
      contentType: 'application/json',
      headers: { 'Retry-After': '5' },
    });
    const head = await peer.readHead();
    expect(headerOf(head, 'Retry-After')).toBe('5');
    expect(headerOf(head, 'Content-Type')).toBe('application/json');
    expect((await peer.readToEnd()).toString()).toBe('{"später":true}');
    const second = await upgrading();
    refuseUpgrade(second.socket, 400, { message: 'Bad key' });
    await second.peer.readHead();
    expect((await second.peer.readToEnd()).toString()).toBe('Bad key');
  });

  it('never parses what comes behind the request, be it with it or later', async () => {
    const pipelined = Buffer.from('GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    const { peer, socket, requests } = await upgrading(pipelined);
    refuseUpgrade(socket, 401);
    await peer.readHead();
    peer.write(pipelined);
    peer.write(upgradeHead({ line: 'GET /again HTTP/1.1' }));
    expect((await peer.readToEnd()).toString()).toBe('Unauthorized');
    peer.end();
    await once(socket, 'close');
    expect(requests).toEqual([]);
  });

  it('reads and throws away what still comes, so that the answer is not lost to a reset', async () => {
    const { peer, socket } = await upgrading();
    refuseUpgrade(socket, 404);
    for (let round = 0; round < 50; round++) {
      peer.write(Buffer.alloc(10_000));
      await turn();
    }
    expect((await peer.readHead()).status).toBe(404);
    expect(peer.wasReset).toBe(false);
    peer.end();
    await once(socket, 'close');
  });

  it('destroys the socket of a client that keeps its side open, after 5 s', async () => {
    const { peer, socket } = await upgrading();
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    refuseUpgrade(socket, 404);
    await peer.readToEnd();
    jest.advanceTimersByTime(4_900);
    expect(socket.destroyed).toBe(false);
    jest.advanceTimersByTime(200);
    expect(socket.destroyed).toBe(true);
  });

  it('survives a reset, at any moment', async () => {
    const { peer, socket } = await upgrading();
    refuseUpgrade(socket, 404);
    peer.reset();
    await new Promise((resolve) => socket.once('close', resolve));
    refuseUpgrade(socket, 404);
    expect(socket.destroyed).toBe(true);
  });

  it('throws for what would break the response, and has written nothing then', async () => {
    const { peer, socket } = await upgrading();
    for (const status of [101, 200, 299, 600, 404.5, NaN]) {
      expect(() => refuseUpgrade(socket, status)).toThrow(UsageError);
    }
    const wrong: Record<string, string>[] = [
      { 'X-Bad': 'a\r\nb' },
      { 'Bad Name': 'x' },
      { Connection: 'keep-alive' },
    ];
    for (const headers of wrong) {
      expect(() => refuseUpgrade(socket, 403, { headers })).toThrow(UsageError);
    }
    expect(() => refuseUpgrade(socket, 403, { contentType: 'a\nb' })).toThrow(UsageError);
    refuseUpgrade(socket, 418);
    expect((await peer.readHead()).status).toBe(418);
  });
});
