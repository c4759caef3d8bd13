import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_LIMITS, UpgradeRequest, parseCookies, type ClientInfo } from 'nestwire/engine';
import { parseExtensions } from '../../libs/engine/src/handshake/extension-header.js';
import { parseSubprotocols } from '../../libs/engine/src/handshake/subprotocol.js';
import { httpServer, listen } from '../../libs/engine/src/testing-fixtures/http-servers.js';
import { rawClosePayload } from '../../libs/engine/src/testing-fixtures/raw-frame.js';
import { RawPeer, headerOf } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { RecordingListener } from '../../libs/engine/src/testing-fixtures/recording-listener.js';
import {
  upgradeHead,
  type UpgradeHead,
} from '../../libs/engine/src/testing-fixtures/upgrade-head.js';
import { serve, serveEcho } from '../../libs/engine/src/testing-fixtures/websocket-servers.js';
import { closeAll } from '../conformance/support/cleanup.js';
import { client } from './support/attacker.js';
import { cpuTimeOf } from './support/cpu-time.js';

afterEach(closeAll);

/** A round trip: the server lives. */
async function expectAlive(port: number): Promise<void> {
  const peer = await RawPeer.open(port);
  peer.send({ opcode: 1, payload: 'alive' });
  expect(await peer.said()).toEqual([1, 'alive']);
  await peer.destroy();
}

describe('clients that do not finish', () => {
  it('A17. their handshake are closed within its time, however it is cut', async () => {
    const { port } = await serveEcho({ handshakeTimeout: 200 });
    const head = upgradeHead();
    const peers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const peer = await RawPeer.connect(port);
        peer.write(head.slice(0, 20 + Math.floor((index * (head.length - 22)) / 100)));
        return peer;
      }),
    );
    const begin = performance.now();
    await Promise.all(peers.map((peer) => peer.over()));
    // Node looks at its connections once a second.
    expect(performance.now() - begin).toBeLessThan(5_000);
    await expectAlive(port);
  });

  it('A24. their close, or read no longer, are destroyed within the close timeout', async () => {
    expect(DEFAULT_LIMITS.closeTimeout).toBeLessThanOrEqual(5_000);
    const { port, server } = await serve({ closeTimeout: 100 });
    const asking = await RawPeer.open(port);
    const [first] = server.clients;
    const silent = await RawPeer.open(port);
    const wrong = await RawPeer.open(port);
    asking.send({ opcode: 8, payload: rawClosePayload(1000) });
    wrong.socket.pause();
    wrong.send({ opcode: 3 });
    for (const ws of server.clients) if (ws !== first) ws.close(1001);
    const begin = performance.now();
    while (server.clients.size > 0) await turn();
    expect(performance.now() - begin).toBeLessThan(3_000);
    // None of them has ended its own side.
    expect([asking, silent, wrong].map(({ socket }) => socket.writableEnded)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('requests made to break the server', () => {
  it('A18. with thousands of headers or far too long ones are refused', async () => {
    const { port } = await serveEcho();
    const many = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, index) => [`X-${index}`, 'a']),
    );
    const longer = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, index) => [`X-Header-${index}`, 'value']),
    );
    for (const headers of [
      longer,
      { 'X-Large': 'x'.repeat(60_000) },
      // Upgrade comes behind the limit on headers, so that it is not seen (CVE-2024-37890).
      {
        Upgrade: null,
        Connection: null,
        ...many,
        'Upgrade ': null,
        upgrade: 'websocket',
        connection: 'Upgrade',
      },
      { 'Sec-WebSocket-Protocol': 'a'.repeat(20_000) },
    ]) {
      const peer = await RawPeer.upgrade(port, { headers });
      const { status } = await peer.readHead();
      expect([400, 426, 431]).toContain(status);
      await peer.destroy();
    }
    await expectAlive(port);
  });

  it('A19. through a hostile header cost milliseconds, in proportion to its length', () => {
    const hostile: [string, (text: string) => unknown, (size: number) => string][] = [
      ['protocol', parseSubprotocols, (size) => `b${' '.repeat(size)}x`],
      ['protocol', parseSubprotocols, (size) => `${'a,'.repeat(size / 2)}a`],
      ['extension', parseExtensions, (size) => `a;b="${'\\c'.repeat(size / 2)}`],
      ['extension', parseExtensions, (size) => `a;b="${'c'.repeat(size)}`],
      ['extension', parseExtensions, (size) => `${'a;b,'.repeat(size / 4)}a`],
      ['extension', parseExtensions, (size) => `a${' '.repeat(size)};`],
      ['extension', parseExtensions, (size) => `a${';b'.repeat(size / 2)}`],
      ['cookie', parseCookies, (size) => 'a=b; '.repeat(size / 5)],
      ['cookie', parseCookies, (size) => `a="${' '.repeat(size)}`],
    ];
    for (const [, parse, make] of hostile) {
      const timeOf = (size: number): number => {
        const text = make(size);
        return cpuTimeOf(() => parse(text));
      };
      timeOf(14_000);
      expect(timeOf(14_000)).toBeLessThan(10);
      // Quadratic would be a factor of 100; below 0.1 ms there is nothing to compare.
      expect(timeOf(140_000)).toBeLessThan(Math.max(1, 40 * timeOf(14_000)));
    }
  });

  it('A20. with the names of prototypes are ordinary names', async () => {
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    const { port } = await serveEcho({ perMessageDeflate: true });
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const peer = await RawPeer.upgrade(port, {
        line: `GET /${name}?${name}=${name} HTTP/1.1`,
        headers: {
          'Sec-WebSocket-Protocol': name,
          'Sec-WebSocket-Extensions': `${name}; ${name}=${name}, permessage-deflate; ${name}`,
          Cookie: `${name}=${name}`,
          Origin: 'http://127.0.0.1',
          [name]: name,
        },
      });
      const head = await peer.readHead();
      expect([head.status, headerOf(head, 'Sec-WebSocket-Protocol')]).toEqual([101, name]);
      expect(headerOf(head, 'Sec-WebSocket-Extensions')).toBeUndefined();
      expect(Object.hasOwn(parseCookies(`${name}=x`), name)).toBe(true);
    }
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
  });

  it('A22. then reset, or followed by an invalid frame, leave the server alive', async () => {
    const waiting: (() => void)[] = [];
    const { port, server } = await serveEcho({
      verifyClient: ({ req }: ClientInfo, callback: (ok: boolean) => void) => {
        if (req.url === '/slow') waiting.push(() => callback(true));
        else callback(true);
      },
    });
    const invalid = client({ opcode: 3, payload: 'x' });
    for (let round = 0; round < 100; round++) {
      const path = round % 2 === 0 ? '/slow' : '/';
      const peer = await RawPeer.upgrade(
        port,
        { line: `GET ${path} HTTP/1.1` },
        round % 3 ? invalid : undefined,
      );
      if (round % 5 < 3) await turn();
      peer.reset();
    }
    while (waiting.length < 20) await turn();
    for (const decide of waiting) decide();
    while (server.clients.size > 0) await turn();
    const { port: plain } = await serveEcho();
    for (let round = 0; round < 50; round++) (await RawPeer.upgrade(plain, {}, invalid)).reset();
    await expectAlive(plain);
  });

  it('A27. with a body are refused with 400', async () => {
    const { port, server } = await serve();
    const bodies: Record<string, string>[] = [
      { 'Content-Length': '5' },
      { 'Content-Length': '0005' },
      { 'Transfer-Encoding': 'chunked' },
      { 'Transfer-Encoding': 'gzip, chunked' },
    ];
    for (const headers of bodies) {
      const peer = await RawPeer.upgrade(port, { headers }, Buffer.from('hello'));
      expect((await peer.readHead()).status).toBe(400);
      await peer.destroy();
    }
    expect(server.clients.size).toBe(0);
    const none = await RawPeer.upgrade(port, { headers: { 'Content-Length': '0' } });
    expect((await none.readHead()).status).toBe(101);
  });

  it('A28. refused, and followed by another request, get one answer and no more', async () => {
    const { port, server } = await serve({ path: '/here' });
    const requests: string[] = [];
    server.on('connection', (_ws, request: IncomingMessage) => requests.push(request.url!));
    const pipelined = Buffer.from(upgradeHead({ line: 'GET /here HTTP/1.1' }));
    const refused: UpgradeHead[] = [
      { line: 'GET /there HTTP/1.1' },
      { line: 'POST /here HTTP/1.1' },
      { line: 'GET /here HTTP/1.1', headers: { 'Sec-WebSocket-Key': 'x' } },
      { line: 'GET /here HTTP/1.1', headers: { 'Sec-WebSocket-Version': '7' } },
    ];
    for (const head of refused) {
      const peer = await RawPeer.upgrade(port, head, pipelined);
      peer.write(pipelined);
      const answer = (await peer.readToEnd()).toString();
      expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
      expect(answer).toMatch(/\r\nConnection: close/);
      await peer.destroy();
    }
    expect(requests).toEqual([]);
  });
});

describe('pages of other sites', () => {
  it('A29. get no connection where an origin is required, nor with cookies by default', async () => {
    const listed = await serve({
      allowedOrigins: ['https://app.example', 'http://127.0.0.1:8080'],
    });
    const foreign = [
      'https://evil.example',
      'https://app.example.evil',
      'https://evilapp.example',
      'http://app.example',
      'https://app.example:8443',
      'https://app.example/',
      'https://user@app.example',
      'null',
      'file://',
      'https://APP.example.',
      'https://app.example https://app.example',
      'app.example',
      '',
      '*',
    ];
    for (const origin of foreign) {
      const peer = await RawPeer.upgrade(listed.port, { headers: { Origin: origin } });
      expect([origin, (await peer.readHead()).status]).toEqual([origin, 403]);
    }
    for (const origin of [
      'https://app.example',
      'https://APP.example:443',
      'http://127.0.0.1:8080',
    ]) {
      const peer = await RawPeer.upgrade(listed.port, { headers: { Origin: origin } });
      expect([origin, (await peer.readHead()).status]).toEqual([origin, 101]);
    }
    const byDefault = await serve();
    const own = `127.0.0.1:${byDefault.port}`;
    for (const [origin, cookie, status] of [
      [`http://${own}`, 'a=1', 101],
      // A proxy may have ended TLS: without a word of one that is trusted the scheme is not known.
      [`https://${own}`, 'a=1', 101],
      [`wss://${own}`, 'a=1', 403],
      [`https://${own}.evil.example`, 'a=1', 403],
      [`https://127.0.0.1`, 'a=1', 403],
      ['http://127.0.0.1', 'a=1', 403],
      ['http://evil.example', 'a=1', 403],
      ['null', 'a=1', 403],
      // Browsers always send an Origin: this is no page.
      [null, 'a=1', 101],
      ['http://evil.example', null, 101],
      [null, null, 101],
    ] as const) {
      const headers = { Host: own, Origin: origin, Cookie: cookie };
      const peer = await RawPeer.upgrade(byDefault.port, { headers });
      expect([origin, cookie, (await peer.readHead()).status]).toEqual([origin, cookie, status]);
    }
    const twice = await RawPeer.upgrade(byDefault.port, {
      headers: { Host: [own, 'evil.example'], Origin: 'http://evil.example', Cookie: 'a=1' },
    });
    expect((await twice.readHead()).status).toBe(400);
    const origins = await RawPeer.upgrade(listed.port, {
      headers: { Origin: ['https://app.example', 'https://evil.example'] },
    });
    expect((await origins.readHead()).status).toBe(400);
  });
});

describe('what the application puts into a response', () => {
  it('A30. throws before a byte is written when it holds CR, LF, NUL or more than Latin-1', async () => {
    const http = httpServer();
    const upgrades: [IncomingMessage, Duplex, Buffer][] = [];
    http.on('upgrade', (...upgrade: [IncomingMessage, Duplex, Buffer]) => upgrades.push(upgrade));
    const port = await listen(http);
    for (const bad of [
      'a\r\nSet-Cookie: b=1',
      'a\nb',
      'a\rb',
      'a\0b',
      'a\u0100',
      'a\ud83d\ude00',
      '\x7f',
    ]) {
      const peer = await RawPeer.upgrade(port, { headers: { 'Sec-WebSocket-Protocol': 'good' } });
      while (upgrades.length === 0) await turn();
      const upgrade = UpgradeRequest.read(...upgrades.pop()!)!;
      const listener = new RecordingListener();
      expect(() => upgrade.accept({ listener, protocol: bad })).toThrow(Error);
      expect(() => upgrade.accept({ listener, headers: { 'X-A': bad } })).toThrow(Error);
      expect(() => upgrade.accept({ listener, headers: { 'Set-Cookie': ['ok=1', bad] } })).toThrow(
        Error,
      );
      expect(() => upgrade.accept({ listener, headers: { [bad]: 'a' } })).toThrow(Error);
      expect(() => upgrade.reject(403, { headers: { 'X-A': bad } })).toThrow(Error);
      expect(() => upgrade.reject(403, { contentType: bad })).toThrow(Error);
      for (let round = 0; round < 3; round++) await turn();
      expect(peer.bytes).toHaveLength(0);
      await peer.destroy();
    }
  });
});
