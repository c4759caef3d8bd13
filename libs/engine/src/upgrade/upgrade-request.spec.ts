import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { UsageError, type HandshakeError } from '../protocol/errors.js';
import {
  closeHttpServers,
  httpServer,
  httpsServer,
  listen,
  nextUpgrade,
} from '../testing-fixtures/http-servers.js';
import { TEST_MASK, clientText, rawFrame } from '../testing-fixtures/raw-frame.js';
import { RawPeer, closeRawPeers, headerOf, wordsOf } from '../testing-fixtures/raw-peer.js';
import { RecordingListener } from '../testing-fixtures/recording-listener.js';
import { SAMPLE_ACCEPT, upgradeHead, type UpgradeHead } from '../testing-fixtures/upgrade-head.js';
import { UpgradeRequest, type AcceptOptions, type UpgradeOptions } from './upgrade-request.js';

afterEach(async () => {
  await closeRawPeers();
  await closeHttpServers();
});

interface Upgrading extends UpgradeOptions {
  head?: UpgradeHead;
  /** In the same segment as the request. */
  behind?: Buffer;
}

/** A handshake that has arrived and waits for a decision. */
async function upgrading({ head, behind, ...options }: Upgrading = {}) {
  const server = httpServer();
  const arriving = nextUpgrade(server);
  const peer = await RawPeer.upgrade(await listen(server), head, behind);
  const [request, socket, early] = await arriving;
  return { peer, socket, upgrade: UpgradeRequest.read(request, socket, early, options)! };
}

const gone = (socket: Duplex) => new Promise((resolve) => socket.once('close', resolve));

describe('reading an upgrade', () => {
  it('tells what the client asks for', async () => {
    const { upgrade } = await upgrading({
      head: {
        line: 'GET /chat/%C3%A4?a=1 HTTP/1.1',
        headers: { 'Sec-WebSocket-Protocol': 'b, a', Origin: 'https://example.org' },
      },
    });
    expect(upgrade.path).toBe('/chat/%C3%A4');
    expect(upgrade.protocols).toEqual(['b', 'a']);
    expect(upgrade.origin).toBe('https://example.org');
    expect([upgrade.secure, upgrade.settled]).toEqual([false, false]);
  });

  it('knows TLS', async () => {
    const server = httpsServer();
    const arriving = nextUpgrade(server);
    const peer = await RawPeer.connect(await listen(server), { tls: true });
    peer.write(upgradeHead());
    const upgrade = UpgradeRequest.read(...(await arriving))!;
    expect(upgrade.secure).toBe(true);
    upgrade.accept({ listener: new RecordingListener() });
    expect((await peer.readHead()).status).toBe(101);
  });

  it('answers a bad one and gives nothing', async () => {
    const { upgrade, peer } = await upgrading({
      head: { headers: { 'Sec-WebSocket-Version': '8' } },
    });
    expect(upgrade).toBeNull();
    const head = await peer.readHead();
    expect([head.status, headerOf(head, 'Sec-WebSocket-Version')]).toEqual([426, '13']);
    expect((await peer.readToEnd()).toString()).toContain('Sec-WebSocket-Version');
  });

  it('speaks another version where it is opted in', async () => {
    const head = { headers: { 'Sec-WebSocket-Version': '8', 'Sec-WebSocket-Origin': 'http://a' } };
    const { upgrade } = await upgrading({ head, versions: [13, 8] });
    expect(upgrade.origin).toBe('http://a');
  });

  it('lets the caller answer a bad one', async () => {
    const errors: HandshakeError[] = [];
    const refused: UpgradeOptions['refused'] = (error, socket) => {
      errors.push(error);
      socket.end('HTTP/1.1 499 Mine\r\n\r\n');
      return true;
    };
    const { peer } = await upgrading({ head: { headers: { 'Sec-WebSocket-Key': 'x' } }, refused });
    expect((await peer.readHead()).line).toBe('HTTP/1.1 499 Mine');
    expect(errors.map(({ code, status }) => [code, status])).toEqual([
      ['WS_ERR_HANDSHAKE_KEY', 400],
    ]);
    const silent = await upgrading({
      head: { headers: { 'Sec-WebSocket-Key': 'x' } },
      refused: () => false,
    });
    expect((await silent.peer.readHead()).status).toBe(400);
  });
});

describe('accepting an upgrade', () => {
  it('answers 101 as the RFC has it, and opens the connection (4.2.2/5)', async () => {
    const { upgrade, peer } = await upgrading();
    const listener = new RecordingListener();
    const transport = upgrade.accept({ listener });
    const head = await peer.readHead();
    expect(head.line).toBe('HTTP/1.1 101 Switching Protocols');
    expect(headerOf(head, 'Upgrade')).toBe('websocket');
    expect(headerOf(head, 'Connection')).toBe('Upgrade');
    expect(headerOf(head, 'Sec-WebSocket-Accept')).toBe(SAMPLE_ACCEPT);
    expect(head.headers.size).toBe(3);
    peer.send({ opcode: 1, payload: 'hello' });
    await listener.until(() => listener.texts.length > 0);
    transport.sendText('hi');
    expect(await peer.said()).toEqual([1, 'hi']);
    expect(upgrade.settled).toBe(true);
  });

  it('loses nothing that came with the request, or while the decision was pending', async () => {
    const { upgrade, peer } = await upgrading({ behind: clientText('with') });
    await turn();
    peer.write(clientText('while'));
    await turn();
    await turn();
    const listener = new RecordingListener();
    upgrade.accept({ listener });
    peer.send({ opcode: 1, payload: 'after' });
    await listener.until(() => listener.texts.length === 3);
    expect(listener.texts).toEqual(['with', 'while', 'after']);
  });

  it('parses nothing before the next tick', async () => {
    const { upgrade } = await upgrading({ behind: clientText('early') });
    const listener = new RecordingListener();
    const transport = upgrade.accept({ listener });
    expect(listener.calls).toEqual([]);
    transport.pause();
    await turn();
    expect(listener.calls).toEqual([]);
    transport.resume();
    await listener.until(() => listener.texts.length === 1);
  });

  it.each(['behind', 'later'])('A33. holds little of what a client sends %s', async (when) => {
    const message = rawFrame({
      opcode: 2,
      payload: Buffer.alloc(4 * 1024 * 1024),
      mask: TEST_MASK,
    });
    const { upgrade, peer, socket } = await upgrading(when === 'behind' ? { behind: message } : {});
    await turn();
    if (when === 'later') peer.write(message);
    while (!socket.isPaused()) await turn();
    // What Node goes on reading, if it does.
    await sleep(50);
    const held = (socket as Duplex & { bytesRead: number }).bytesRead;
    // Two chunks of Node's, the second of which waits in the socket.
    expect(held).toBeLessThan(132 * 1024);
    const listener = new RecordingListener();
    upgrade.accept({ listener, limits: { maxPayload: 0 } });
    await listener.until(() => listener.calls.length > 0);
    expect(listener.names).toEqual(['binary']);
  });

  it('states the subprotocol, extension and headers', async () => {
    const { upgrade, peer } = await upgrading({
      head: {
        headers: {
          'Sec-WebSocket-Protocol': 'a, b',
          'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
        },
      },
      perMessageDeflate: {},
    });
    const transport = upgrade.accept({
      listener: new RecordingListener(),
      protocol: 'b',
      headers: { 'Set-Cookie': ['x=1', 'y=2'], 'X-One': '1' },
    });
    const head = await peer.readHead();
    expect(headerOf(head, 'Sec-WebSocket-Protocol')).toBe('b');
    expect(headerOf(head, 'Sec-WebSocket-Extensions')).toBe(
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    );
    expect(head.headers.get('set-cookie')).toEqual(['x=1', 'y=2']);
    expect(transport.protocol).toBe('b');
    expect(transport.extensions).toBe(headerOf(head, 'Sec-WebSocket-Extensions'));
  });

  it('lets the lines of the head be changed', async () => {
    const { upgrade, peer } = await upgrading();
    upgrade.accept({
      listener: new RecordingListener(),
      editHead: (lines) => lines.push('X-Added: ä'),
    });
    const head = await peer.readHead();
    expect([headerOf(head, 'X-Added'), head.headers.size]).toEqual(['ä', 4]);
  });

  it('writes no 101 when whoever edits the head has rejected, or accepted, the upgrade', async () => {
    const { upgrade, peer } = await upgrading();
    const listener = new RecordingListener();
    const editHead = (): void => upgrade.reject(403, { message: 'Second thoughts' });
    expect(() => upgrade.accept({ listener, editHead })).toThrow('it is rejected already');
    expect((await peer.readHead()).status).toBe(403);
    expect(listener.calls).toEqual([]);

    const twice = await upgrading();
    const again = (): void => void twice.upgrade.accept({ listener });
    expect(() => twice.upgrade.accept({ listener, editHead: again })).toThrow('accepted already');
    expect((await twice.peer.readHead()).status).toBe(101);
  });

  it('throws before a byte is written for what would break the response', async () => {
    const { upgrade, peer } = await upgrading({
      head: { headers: { 'Sec-WebSocket-Protocol': 'a' } },
    });
    const listener = new RecordingListener();
    const wrong: Partial<AcceptOptions>[] = [
      { protocol: 'b' },
      { protocol: 'a\r\nX: y' },
      { headers: { 'X-Bad': 'a\r\nSet-Cookie: b' } },
      { headers: { 'X-Bad': 'a\0b' } },
      { headers: { 'X-Bad': 'ſ' } },
      { headers: { 'X Bad': 'a' } },
      { headers: { 'Sec-WebSocket-Accept': 'x' } },
      { headers: { Upgrade: 'h2c' } },
      { headers: { 'Content-Length': '5' } },
      { editHead: (lines: string[]) => void lines.push('X: a\r\nY: b') },
      { editHead: (lines: string[]) => void lines.push('X: \0') },
    ];
    for (const options of wrong) {
      expect(() => upgrade.accept({ listener, ...options })).toThrow(UsageError);
    }
    expect(upgrade.settled).toBe(false);
    upgrade.reject(400);
    expect((await peer.readHead()).status).toBe(400);
  });

  it('goes by the limits given to it, else by those of the reading', async () => {
    for (const [reading, accepting] of [
      [{ maxPayload: 3 }, undefined],
      [{ maxPayload: 100 }, { maxPayload: 3 }],
    ]) {
      const { upgrade, peer } = await upgrading({ limits: reading! });
      upgrade.accept({
        listener: new RecordingListener(),
        ...(accepting && { limits: accepting }),
      });
      await peer.readHead();
      peer.send({ opcode: 1, payload: 'four' });
      expect((await peer.said()).slice(0, 2)).toEqual([8, 1009]);
    }
  });
});

describe('deciding an upgrade', () => {
  it('can be done once', async () => {
    const accepted = await upgrading();
    const listener = new RecordingListener();
    accepted.upgrade.accept({ listener });
    expect(() => accepted.upgrade.accept({ listener })).toThrow('it is accepted already');
    expect(() => accepted.upgrade.reject(403)).toThrow('it is accepted already');
    const rejected = await upgrading();
    rejected.upgrade.reject(403, { message: 'No', headers: { 'X-Why': 'because' } });
    expect(() => rejected.upgrade.accept({ listener })).toThrow('it is rejected already');
    expect(() => rejected.upgrade.reject(403)).toThrow('it is rejected already');
    const head = await rejected.peer.readHead();
    expect([head.status, headerOf(head, 'X-Why')]).toEqual([403, 'because']);
    expect((await rejected.peer.readToEnd()).toString()).toBe('No');
  });

  it('goes on after a rejection that could not be written', async () => {
    const { upgrade, peer } = await upgrading();
    expect(() => upgrade.reject(200)).toThrow(UsageError);
    expect(upgrade.settled).toBe(false);
    upgrade.reject(403);
    expect((await peer.readHead()).status).toBe(403);
  });

  it.each([
    ['a FIN', (peer: RawPeer) => peer.end()],
    ['a reset', (peer: RawPeer) => peer.reset()],
  ])('is over when the client leaves, by %s', async (_how, leave) => {
    const { upgrade, peer, socket } = await upgrading();
    const aborted = new Promise<void>((resolve) => upgrade.onAbort(resolve));
    await turn();
    leave(peer);
    await aborted;
    expect(upgrade.settled).toBe(true);
    if (!socket.closed) await gone(socket);
    upgrade.reject(403);
    expect(() => upgrade.accept({ listener: new RecordingListener() })).toThrow(UsageError);
    // Who asks late is told as well.
    await new Promise<void>((resolve) => upgrade.onAbort(resolve));
  });

  it('is over when the time is up: the client is told 503', async () => {
    const { upgrade, peer } = await upgrading({ handshakeTimeout: 30 });
    const aborted = new Promise<void>((resolve) => upgrade.onAbort(resolve));
    const head = await peer.readHead();
    expect([head.status, headerOf(head, 'Connection')]).toEqual([503, 'close']);
    await aborted;
    expect(upgrade.settled).toBe(true);
    upgrade.reject(403);
    expect((await peer.readToEnd()).toString()).toBe('The handshake was not decided in time');
  });

  it.each([
    ['is rejected', (upgrade: UpgradeRequest) => upgrade.reject(401), {}],
    ['is not decided in time', () => {}, { handshakeTimeout: 30 }],
  ])('reads on when it %s late, and is gone with the client', async (_how, decide, options) => {
    const { upgrade, peer, socket } = await upgrading(options);
    await turn();
    decide(upgrade);
    await peer.readToEnd();
    const began = performance.now();
    peer.send({ opcode: 1, payload: 'too early' });
    peer.end();
    if (!socket.closed) await gone(socket);
    expect(performance.now() - began).toBeLessThan(4_500);
  });

  it('has no time limit at 0, and none once it is decided', async () => {
    const patient = await upgrading({ handshakeTimeout: 0 });
    const decided = await upgrading({ handshakeTimeout: 30 });
    decided.upgrade.accept({ listener: new RecordingListener() });
    const short = await upgrading({ handshakeTimeout: 60 });
    await short.peer.over();
    expect(patient.upgrade.settled).toBe(false);
    decided.peer.send({ opcode: 9, payload: 'still there' });
    await decided.peer.readHead();
    expect(wordsOf(await decided.peer.frame())).toEqual([10, 'still there']);
  });

  it('settles at once for a client that was gone before', async () => {
    const server = httpServer();
    const arriving = nextUpgrade(server);
    await RawPeer.upgrade(await listen(server));
    const [request, socket, head] = await arriving;
    socket.destroy();
    await once(socket, 'close');
    const upgrade = UpgradeRequest.read(request, socket, head)!;
    expect(upgrade.settled).toBe(true);
    upgrade.reject(403);
  });

  it('settles at once for a client whose end came before it was read, and frees its socket', async () => {
    const server = httpServer();
    const arriving = nextUpgrade(server);
    const peer = await RawPeer.upgrade(await listen(server));
    const [request, socket, head] = await arriving;
    peer.end();
    await once(socket, 'end');
    expect(socket.destroyed).toBe(false);
    const upgrade = UpgradeRequest.read(request, socket, head)!;
    expect(upgrade.settled).toBe(true);
    expect(() => upgrade.accept({ listener: new RecordingListener() })).toThrow('aborted already');
    await gone(socket);
  });

  it.each([
    ['the socket was ended', (socket: Duplex) => void socket.end()],
    ['the socket was destroyed', (socket: Duplex) => void socket.destroy()],
  ])('is over when %s by somebody else while it was pending', async (_what, end) => {
    const { upgrade, socket } = await upgrading();
    end(socket);
    expect(upgrade.settled).toBe(true);
    expect(() => upgrade.accept({ listener: new RecordingListener() })).toThrow('aborted already');
    await gone(socket);
  });
});
