import { once } from 'node:events';
import { constants, deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WS_LIMITS, WebSocket } from 'nestwire/engine';
import { parseExtensions } from '../../libs/engine/src/handshake/extension-header.js';
import { parseSubprotocols } from '../../libs/engine/src/handshake/subprotocol.js';
import { rawFrame } from '../../libs/engine/src/testing-fixtures/raw-frame.js';
import { RawPeer } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { RawServer } from '../../libs/engine/src/testing-fixtures/raw-server.js';
import { framesTo, receiver } from '../../libs/engine/src/testing-fixtures/receive.js';
import { upgradeHead } from '../../libs/engine/src/testing-fixtures/upgrade-head.js';
import {
  nextConnection,
  serve,
  serveEcho,
} from '../../libs/engine/src/testing-fixtures/websocket-servers.js';
import { closeAll } from '../conformance/support/cleanup.js';
import { Heard } from '../conformance/support/heard.js';
import { MIB, client, flood, repeated } from './support/attacker.js';
import { cpuTimeOf } from './support/cpu-time.js';

afterEach(closeAll);

/** A client of the engine, open, and what it hears. */
async function openClient(extensions?: string) {
  const raw = await RawServer.listen();
  const ws = new WebSocket(raw.url);
  const heard = new Heard(ws);
  const { peer } = await raw.accept(
    extensions === undefined ? {} : { headers: { 'Sec-WebSocket-Extensions': extensions } },
  );
  await once(ws, 'open');
  return { ws, peer, heard };
}

describe('faults that other WebSocket libraries have had: ws', () => {
  it('CVE-2016-10518: a ping of a number carries its digits, not that many bytes of memory', async () => {
    const { server, port } = await serve();
    const connected = nextConnection(server);
    const peer = await RawPeer.open(port);
    (await connected).ping(100);
    expect(await peer.said()).toEqual([9, '100']);
  });

  it('CVE-2016-10542: there is a limit on messages by default', async () => {
    expect(WS_LIMITS.maxPayload).toBe(100 * MIB);
    const { port } = await serve();
    const peer = await RawPeer.open(port);
    peer.send({ opcode: 2, declaredLength: BigInt(WS_LIMITS.maxPayload + 1) });
    expect((await peer.said()).slice(0, 2)).toEqual([8, 1009]);
  });

  it('CVE-2021-32640: white space in Sec-WebSocket-Protocol costs linear time', () => {
    const value = `b${' '.repeat(64_000)}x`;
    expect(cpuTimeOf(() => parseSubprotocols(value))).toBeLessThan(20);
  });

  it('CVE-2024-37890: an Upgrade header behind the limit on headers breaks nothing', async () => {
    const { port } = await serveEcho();
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`${index}`, 'a']));
    const lines = Object.entries(many).map(([name, value]) => `${name}: ${value}\r\n`);
    const peer = await RawPeer.connect(port);
    peer.write(
      `GET / HTTP/1.1\r\nHost: a\r\n${lines.join('')}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    expect((await peer.readHead()).status).toBeGreaterThanOrEqual(400);
    expect((await RawPeer.open(port)).ended).toBe(false);
  });

  it('CVE-2026-45736: a typed array as the reason of a close does not disclose memory', async () => {
    const { server, port } = await serve({ skipUTF8Validation: true });
    const connected = nextConnection(server);
    const peer = await RawPeer.open(port);
    const ws = await connected;
    expect(() => ws.close(1000, new Float32Array(20) as unknown as Uint8Array)).toThrow(TypeError);
    ws.close(1000, new Uint8Array(20));
    expect((await peer.frame()).payload).toEqual(Buffer.from([3, 232, ...Buffer.alloc(20)]));
  });

  it('CVE-2026-48779: tiny fragments and chunks are bounded in number, at both ends', async () => {
    const { port } = await serve();
    const peer = await RawPeer.open(port);
    const attack = [
      client({ opcode: 1, fin: false }),
      repeated(client({ opcode: 0, fin: false, payload: 'x' }), WS_LIMITS.maxFragments + 1),
    ];
    await flood(peer.socket, Buffer.concat(attack));
    expect((await peer.said()).slice(0, 2)).toEqual([8, 1008]);
    const { protocol, sink } = receiver('server', { maxBufferedChunks: 1_000 });
    protocol.receive(framesTo('server', { opcode: 2, declaredLength: 5_000n }));
    for (let count = 0; count < 1_001; count++) protocol.receive(Buffer.from([0]));
    expect(sink.calls).toEqual([['violated', 1008, 'WS_ERR_TOO_MANY_BUFFERED_PARTS']]);
  });

  it('ws 8.23: automatic pongs for a peer that does not read are bounded', async () => {
    const pings = 100_000;
    const { server, port } = await serve();
    const connected = nextConnection(server);
    const peer = await RawPeer.open(port);
    const ws = await connected;
    let heard = 0;
    let most = 0;
    const over = new Promise<void>((resolve) => {
      // One more than may wait ends the connection.
      ws.on('error', () => resolve());
      ws.on('ping', () => {
        most = Math.max(most, ws.bufferedAmount);
        if (++heard === pings) resolve();
      });
    });
    peer.socket.pause();
    const payload = 'x'.repeat(125);
    const flooding = flood(peer.socket, repeated(client({ opcode: 9, payload }), pings));
    await over;
    ws.terminate();
    await flooding;
    // Up to 12 MB came. What waits for the peer are the pongs of a turn, and those allowed to.
    expect(most).toBeLessThan(100_000);
  });
});

describe('faults that other WebSocket libraries have had: clients', () => {
  it('CVE-2026-1526 (undici): a small compressed message does not inflate without limit', async () => {
    const { peer } = await openClient('permessage-deflate');
    const packed = deflateRawSync(Buffer.alloc(110 * MIB), { finishFlush: constants.Z_SYNC_FLUSH });
    peer.send({ opcode: 2, rsv: 4, payload: packed.subarray(0, -4) });
    expect((await peer.said()).slice(0, 2)).toEqual([8, 1009]);
  });

  it('CVE-2026-1527 (undici): CR and LF in headers and subprotocols throw', () => {
    const bad = 'x\r\nInjected: 1';
    const url = 'ws://127.0.0.1:1/';
    expect(() => new WebSocket(url, [bad])).toThrow(SyntaxError);
    for (const options of [
      { origin: bad },
      { headers: { 'X-A': bad } },
      { headers: { [bad]: 'a' } },
      { headers: { Upgrade: 'a', 'X-B': bad } },
    ]) {
      expect(() => new WebSocket(url, options)).toThrow();
    }
  });

  it('CVE-2026-1528 (undici): a frame of 2^63 bytes is an error of the connection', async () => {
    const { peer, heard } = await openClient();
    peer.send({ opcode: 2, declaredLength: 2n ** 63n - 1n });
    expect((await peer.said()).slice(0, 2)).toEqual([8, 1009]);
    peer.end();
    await heard.closed();
    expect(heard.of('error')).toHaveLength(1);
  });

  it('CVE-2026-2229 (undici): server_max_window_bits out of range fails the handshake', async () => {
    const raw = await RawServer.listen();
    const heard = new Heard(new WebSocket(raw.url));
    const extensions = {
      'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=99',
    };
    await raw.accept({ headers: extensions });
    await heard.closed();
    expect(heard.words[0]).toEqual(['error', 'WS_ERR_HANDSHAKE_EXTENSIONS']);
  });

  it('CVE-2026-9675 and CVE-2026-12151 (undici): fragments are bounded in number, empty ones too', async () => {
    for (const payload of ['', 'x']) {
      const { peer } = await openClient();
      const start = rawFrame({ opcode: 2, fin: false });
      const more = repeated(
        rawFrame({ opcode: 0, fin: false, payload }),
        WS_LIMITS.maxFragments + 1,
      );
      await flood(peer.socket, Buffer.concat([start, more]));
      expect((await peer.said()).slice(0, 2)).toEqual([8, 1008]);
    }
  });
});

/** One message in so many fragments. */
const streamOf = (count: number) =>
  Buffer.concat([
    framesTo('server', { opcode: 1, fin: false }),
    repeated(framesTo('server', { opcode: 0, fin: false, payload: 'x'.repeat(10) }), count),
    framesTo('server', { opcode: 0 }),
  ]);

/** Milliseconds to receive it. */
const run = (stream: Buffer) =>
  cpuTimeOf(() => {
    const { protocol, sink } = receiver('server', {
      maxFragments: 0,
      maxBufferedChunks: 0,
      maxFramesPerTurn: 1_000_000,
    });
    protocol.receive(Buffer.from(stream));
    expect(sink.calls).toHaveLength(1);
  });

describe('faults that other WebSocket libraries have had: servers', () => {
  it('CVE-2020-7662 (websocket-extensions): an unclosed quoted string costs linear time', () => {
    for (const value of [
      `a; b="${'\\c'.repeat(32_000)}`,
      `a; b="${'c'.repeat(64_000)}`,
      `a; b="${'\\'.repeat(64_000)}`,
    ]) {
      expect(parseExtensions(value)).toBeNull();
      expect(cpuTimeOf(() => parseExtensions(value))).toBeLessThan(20);
    }
  });

  it('CVE-2022-21676 and CVE-2024-38355 (socket.io): an invalid frame is no uncaught exception', async () => {
    // Nobody listens to 'error' on these connections.
    const { port } = await serveEcho();
    for (const bytes of [
      client({ opcode: 3 }),
      rawFrame({ opcode: 1, payload: 'x' }),
      client({ opcode: 1, payload: Buffer.from([255]) }),
    ]) {
      const peer = await RawPeer.open(port);
      peer.write(bytes);
      expect((await peer.said())[0]).toBe(8);
      const early = await RawPeer.upgrade(port, {}, bytes);
      await early.readHead();
      expect((await early.said())[0]).toBe(8);
      early.reset();
    }
    const alive = await RawPeer.open(port);
    alive.send({ opcode: 1, payload: 'alive' });
    expect(await alive.said()).toEqual([1, 'alive']);
  });

  it('CVE-2023-32695 and CVE-2026-33151 (socket.io): what one message may hold is bounded before it is parsed', async () => {
    const { port } = await serve({ maxPayload: 1_000, maxFragments: 10 });
    for (const bytes of [
      client({ opcode: 1, payload: 'x'.repeat(1_001) }),
      Buffer.concat([
        client({ opcode: 2, fin: false }),
        repeated(client({ opcode: 0, fin: false }), 10),
      ]),
    ]) {
      const peer = await RawPeer.open(port);
      peer.write(bytes);
      expect([1008, 1009]).toContain((await peer.said())[1]);
    }
  });

  it('WebSocket-Node #407: a reset right behind the upgrade does not end the process', async () => {
    const { port, server } = await serve();
    for (let round = 0; round < 50; round++) {
      const peer = await RawPeer.connect(port);
      peer.socket.write(upgradeHead());
      peer.reset();
    }
    expect((await RawPeer.open(port)).ended).toBe(false);
    expect(server.clients.size).toBeGreaterThan(0);
  });

  it('WebSocket-Node #226: an unmasked frame from a client fails the connection', async () => {
    const { port } = await serve();
    const peer = await RawPeer.open(port);
    peer.write(rawFrame({ opcode: 1, payload: 'unmasked' }));
    expect((await peer.said()).slice(0, 2)).toEqual([8, 1002]);
  });

  it('CVE-2023-43669 (tungstenite): a header that never ends is cut off at its limit', async () => {
    const { port } = await serve();
    const peer = await RawPeer.connect(port);
    peer.write('GET / HTTP/1.1\r\nHost: a\r\nX-Long: ');
    await flood(peer.socket, Buffer.alloc(64 * 1_024, 'x'), 1_000);
    expect((await peer.readHead()).status).toBe(431);
    await peer.over();
  });

  it('CVE-2020-13935 (Tomcat): a length that no payload can have ends the loop', async () => {
    const { port } = await serve();
    for (const declaredLength of [2n ** 63n, 2n ** 64n - 1n, 2n ** 63n + 125n]) {
      const peer = await RawPeer.open(port);
      peer.send({ opcode: 1, declaredLength, payload: 'x' });
      expect((await peer.said()).slice(0, 2)).toEqual([8, 1009]);
    }
  });

  it('CVE-2026-27889 (NATS): a length with the sign bit is no negative length', async () => {
    const { port } = await serve();
    for (const lengthBits of [64] as const) {
      const peer = await RawPeer.open(port);
      peer.send({ opcode: 2, declaredLength: 0x8000000000000001n, lengthBits, payload: 'xx' });
      expect((await peer.said()).slice(0, 2)).toEqual([8, 1009]);
    }
  });

  it('CVE-2026-65623 (Bandit): putting fragments together costs linear time', () => {
    run(streamOf(5_000));
    // 16 times the fragments: quadratic would be a factor of 256.
    expect(run(streamOf(80_000))).toBeLessThan(64 * run(streamOf(5_000)));
  });

  it('GHSA-hpwf-8g29-85qm (Nest): many messages in one chunk do not nest', async () => {
    const { port, server } = await serve();
    let depth = 0;
    let deepest = 0;
    let count = 0;
    server.on('connection', (ws: WebSocket) => {
      ws.on('message', () => {
        depth++;
        deepest = Math.max(deepest, depth);
        count++;
        ws.send('x');
        depth--;
      });
    });
    const peer = await RawPeer.open(port);
    peer.write(repeated(client({ opcode: 1, payload: 'x' }), 20_000));
    await peer.frames(20_000);
    expect([deepest, count]).toEqual([1, 20_000]);
  });

  it('Kemal #767: a refused upgrade is not left open', async () => {
    const { port } = await serve({ path: '/here' });
    const peer = await RawPeer.upgrade(port, { line: 'GET /there HTTP/1.1' });
    expect((await peer.readHead()).status).toBe(404);
    await peer.readToEnd();
    expect(peer.ended).toBe(true);
  });
});
