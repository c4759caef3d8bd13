import { once } from 'node:events';
import { duplexPair, type Duplex } from 'node:stream';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { diagnostics } from '../runtime/diagnostics.js';
import {
  closeHttpServers,
  httpServer,
  httpsServer,
  listen,
  nextUpgrade,
} from '../testing-fixtures/http-servers.js';
import { clientText, rawClosePayload, readRawFrames } from '../testing-fixtures/raw-frame.js';
import { RawPeer, closeRawPeers, headerOf, wordsOf } from '../testing-fixtures/raw-peer.js';
import { StreamAnswer, connectRequest, readConnect } from '../testing-fixtures/stream-answer.js';
import { upgradeHead } from '../testing-fixtures/upgrade-head.js';
import type { FramedRefusal, RefuseInFrames } from './framed-refusal.js';
import { UpgradeRequest, type UpgradeOptions } from './upgrade-request.js';
import { UpgradeRouter } from './upgrade-router.js';

afterEach(async () => {
  jest.useRealTimers();
  await closeRawPeers();
  await closeHttpServers();
});

const OFFER = {
  headers: {
    'Sec-WebSocket-Protocol': 'other, frames',
    'Sec-WebSocket-Extensions': 'permessage-deflate',
  },
};

/** Refuses in frames whoever offers `frames`, and tells how many of them are still there. */
function inFrames(framed: Partial<FramedRefusal> = {}) {
  const counts = { asked: 0, there: 0 };
  const refuse: RefuseInFrames = (opening, status, { message = '', cause }) => {
    counts.asked++;
    if (!opening.protocols.includes('frames')) return null;
    counts.there++;
    return {
      protocol: 'frames',
      message: `${status} ${message} ${String(cause)}`,
      code: 4000 + status,
      reason: message,
      gone: () => void counts.there--,
      ...framed,
    };
  };
  return { counts, refuse };
}

interface Upgrading extends UpgradeOptions {
  head?: typeof OFFER | Record<string, never>;
  behind?: Buffer;
  tls?: boolean;
}

async function upgrading({ head = OFFER, behind, tls = false, ...options }: Upgrading) {
  const server = tls ? httpsServer() : httpServer();
  const arriving = nextUpgrade(server);
  const peer = await RawPeer.connect(await listen(server), { tls });
  peer.write(Buffer.concat([Buffer.from(upgradeHead(head)), behind ?? Buffer.alloc(0)]));
  const [request, socket, early] = await arriving;
  return { peer, socket, upgrade: UpgradeRequest.read(request, socket, early, options)! };
}

const gone = async (socket: Duplex) => {
  // Not `once` of node:events, which would fail with the error of a reset.
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
};

describe.each([false, true])('refusing in frames (TLS: %s)', (tls) => {
  it('answers with 101, one message and a Close, and ends TCP when the client has answered', async () => {
    const { counts, refuse } = inFrames();
    const { peer, socket, upgrade } = await upgrading({
      tls,
      refuseInFrames: refuse,
      perMessageDeflate: {},
    });
    upgrade.reject(403, { message: 'Not for you', cause: 'banned' });
    expect(upgrade.settled).toBe(true);
    const head = await peer.readHead();
    expect([head.status, headerOf(head, 'Sec-WebSocket-Protocol')]).toEqual([101, 'frames']);
    expect(headerOf(head, 'Sec-WebSocket-Extensions')).toBeUndefined();
    expect((await peer.frames(2)).map(wordsOf)).toEqual([
      [1, '403 Not for you banned'],
      [8, 4403, 'Not for you'],
    ]);
    expect([peer.ended, counts.there]).toEqual([false, 1]);
    peer.send({ opcode: 8, payload: rawClosePayload(4403) });
    await peer.over();
    peer.end();
    await gone(socket);
    expect(counts).toEqual({ asked: 1, there: 0 });
  });

  it('parses nothing the client sends, neither before nor behind, however much', async () => {
    const { counts, refuse } = inFrames();
    const behind = Buffer.concat([clientText('early'), Buffer.alloc(70_000, 0xff)]);
    const { peer, socket, upgrade } = await upgrading({ tls, behind, refuseInFrames: refuse });
    await new Promise((resolve) => setTimeout(resolve, 20));
    upgrade.reject(400, { message: 'No' });
    await peer.readHead();
    expect((await peer.frames(2)).map(wordsOf)).toEqual([
      [1, '400 No undefined'],
      [8, 4400, 'No'],
    ]);
    for (let sent = 0; sent < 10; sent++) peer.write(Buffer.alloc(1_000_000, sent));
    expect(await peer.readToEnd()).toEqual(Buffer.alloc(0));
    peer.end();
    await gone(socket);
    expect([peer.wasReset, counts.there]).toEqual([false, 0]);
  });

  it('destroys the socket of a client that does not leave after 2 s, whatever it sends', async () => {
    const { counts, refuse } = inFrames();
    const silent = await upgrading({ tls, refuseInFrames: refuse });
    const talking = await upgrading({ tls, refuseInFrames: refuse });
    for (const { upgrade } of [silent, talking]) upgrade.reject(401);
    await talking.peer.readHead();
    const begin = performance.now();
    const talk = setInterval(() => talking.peer.write('x'), 50);
    await Promise.all([gone(silent.socket), gone(talking.socket)]);
    clearInterval(talk);
    expect(performance.now() - begin).toBeGreaterThan(1_700);
    expect(performance.now() - begin).toBeLessThan(4_000);
    expect(counts.there).toBe(0);
  });
});

describe('refusing in frames', () => {
  it('takes bytes, long messages and HTTP/2', async () => {
    const { refuse } = inFrames({ message: Buffer.alloc(70_000, 7), reason: 'é' });
    const { peer, upgrade } = await upgrading({ refuseInFrames: refuse });
    upgrade.reject(500);
    await peer.readHead();
    const [message, close] = await peer.frames(2);
    expect([message!.opcode, message!.payload]).toEqual([2, Buffer.alloc(70_000, 7)]);
    expect(wordsOf(close!)).toEqual([8, 4500, 'é']);

    const [stream, client] = duplexPair();
    const request = connectRequest({ 'sec-websocket-protocol': 'frames' });
    const answer = new StreamAnswer(stream);
    UpgradeRequest.take(request, readConnect(request), answer, Buffer.alloc(0), {
      refuseInFrames: inFrames().refuse,
    })!.reject(404, { message: 'None' });
    expect(answer.heads).toMatchObject([
      { status: 200, headers: [['sec-websocket-protocol', 'frames']] },
    ]);
    const [bytes] = (await once(client, 'data')) as [Buffer];
    expect(readRawFrames(bytes).map(wordsOf)).toEqual([
      [1, '404 None undefined'],
      [8, 4404, 'None'],
    ]);
    stream.destroy();
  });

  it('is for errors only, and for whom it says; all others get HTTP, and so do bad requests', async () => {
    const { counts, refuse } = inFrames();
    const redirected = await upgrading({ refuseInFrames: refuse });
    redirected.upgrade.reject(302, { headers: { Location: '/there' } });
    expect((await redirected.peer.readHead()).status).toBe(302);
    expect(counts.asked).toBe(0);
    const plain = await upgrading({ head: {}, refuseInFrames: refuse });
    plain.upgrade.reject(403);
    expect((await plain.peer.readHead()).status).toBe(403);
    const server = httpServer();
    const arriving = nextUpgrade(server);
    const headers = { ...OFFER.headers, 'Sec-WebSocket-Key': 'short' };
    const peer = await RawPeer.upgrade(await listen(server), { headers });
    expect(UpgradeRequest.read(...(await arriving), { refuseInFrames: refuse })).toBeNull();
    expect((await peer.readHead()).status).toBe(400);
    expect(counts).toEqual({ asked: 1, there: 0 });
  });

  it.each<[string, Partial<FramedRefusal>]>([
    ['a protocol nobody offers', { protocol: 'else' }],
    ['a code that may not be sent', { code: 1006 }],
    ['a reason that is too long', { reason: 'é'.repeat(62) }],
  ])('falls back to HTTP for %s', async (_what, framed) => {
    const { counts, refuse } = inFrames(framed);
    const { peer, upgrade } = await upgrading({ refuseInFrames: refuse });
    upgrade.reject(403);
    expect((await peer.readHead()).status).toBe(403);
    expect(counts.there).toBe(0);
  });

  it('falls back to HTTP when it throws, and lets nobody break the answer', async () => {
    const { peer, upgrade } = await upgrading({
      refuseInFrames: () => {
        throw new Error('broken');
      },
    });
    expect(() => upgrade.reject(200)).toThrow('status must be 300 to 599');
    expect(() => upgrade.reject(403, { headers: { A: 'a\r\nb' } })).toThrow(Error);
    upgrade.reject(403);
    expect((await peer.readHead()).status).toBe(403);
  });

  it('is what happens when nobody decides in time', async () => {
    const { refuse } = inFrames();
    const { peer, upgrade } = await upgrading({ handshakeTimeout: 50, refuseInFrames: refuse });
    const aborted = new Promise<void>((resolve) => upgrade.onAbort(resolve));
    expect((await peer.readHead()).status).toBe(101);
    const [, close] = await peer.frames(2);
    expect(wordsOf(close!)).toEqual([8, 4503, 'The handshake was not decided in time']);
    await aborted;
  });

  it('is published, and counts nobody who has left before', async () => {
    const { counts, refuse } = inFrames();
    const statuses: unknown[] = [];
    const heard = (message: unknown): void => {
      statuses.push((message as { status: number }).status);
    };
    diagnostics.refused.subscribe(heard);
    const { peer, socket, upgrade } = await upgrading({ refuseInFrames: refuse });
    upgrade.reject(429);
    peer.reset();
    await gone(socket);
    diagnostics.refused.unsubscribe(heard);
    expect([statuses, counts.there]).toEqual([[429], 0]);
    const left = await upgrading({ refuseInFrames: refuse });
    left.peer.reset();
    await gone(left.socket);
    left.upgrade.reject(403);
    expect(counts).toEqual({ asked: 1, there: 0 });
  });
});

describe('an upgrade that no route claims', () => {
  it('is refused in frames where a route says so, at once or when no listener has taken it', async () => {
    const { counts, refuse } = inFrames();
    const server = httpServer();
    const router = UpgradeRouter.of(server);
    router.mount({ claims: () => false, handle: () => {} });
    router.mount({ refuseInFrames: refuse, claims: () => false, handle: () => {} });
    const port = await listen(server);
    const peer = await RawPeer.upgrade(port, OFFER);
    expect((await peer.readHead()).status).toBe(101);
    const [, close] = await peer.frames(2);
    expect(wordsOf(close!)).toEqual([8, 4404, 'No WebSocket is served at this path']);
    const plain = await RawPeer.upgrade(port);
    expect((await plain.readHead()).status).toBe(404);
    const bad = await RawPeer.upgrade(port, { headers: { ...OFFER.headers, Host: null } });
    expect((await bad.readHead()).status).toBe(404);

    server.on('upgrade', () => {});
    const arriving = nextUpgrade(server);
    const held = await RawPeer.upgrade(port, OFFER);
    await arriving;
    router.close();
    expect((await held.readHead()).status).toBe(101);
    expect((await held.frames(2)).map(wordsOf)[1]).toEqual([8, 4503, 'The server is closing']);
    peer.end();
    held.end();
    await Promise.all([peer.over(), held.over()]);
    while (counts.there > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});
