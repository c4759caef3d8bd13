import { once } from 'node:events';
import { constants, deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket, type ClientOptions } from 'nestwire/engine';
import { rawFrame } from '../../libs/engine/src/testing-fixtures/raw-frame.js';
import { headerOf } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { RawServer } from '../../libs/engine/src/testing-fixtures/raw-server.js';
import { closeAll } from '../conformance/support/cleanup.js';
import { Heard } from '../conformance/support/heard.js';
import { MIB, flood, repeated } from './support/attacker.js';

afterEach(closeAll);

/** A client that is open, at a server that may send it what it likes. */
async function connected(options: ClientOptions = {}, extensions?: string) {
  const server = await RawServer.listen();
  const ws = new WebSocket(server.url, options);
  const heard = new Heard(ws);
  const { peer } = await server.accept(
    extensions === undefined ? {} : { headers: { 'Sec-WebSocket-Extensions': extensions } },
  );
  await once(ws, 'open');
  return { ws, peer, heard };
}

/** The code a client closes with on this, and the error it tells. */
async function closeOn(bytes: Buffer, options: ClientOptions = {}, extensions?: string) {
  const { peer, heard } = await connected(options, extensions);
  const flooding = flood(peer.socket, bytes);
  const [, code] = await peer.said();
  peer.end();
  await heard.closed();
  await flooding;
  return [code, heard.of('error').map(([, error]) => error)];
}

const redirect = (location: string, status = 302) => ({
  line: `HTTP/1.1 ${status} Found`,
  headers: { Location: location, 'Content-Length': '0', Connection: 'close' },
});

describe('A37. a client and a hostile server', () => {
  it('A37. bombs close with 1009, and are not inflated whole', async () => {
    const packed = deflateRawSync(Buffer.alloc(200 * MIB), { finishFlush: constants.Z_SYNC_FLUSH });
    const bomb = rawFrame({ opcode: 2, rsv: 4, payload: packed.subarray(0, -4) });
    const before = process.memoryUsage().arrayBuffers;
    expect(await closeOn(bomb, { maxPayload: MIB }, 'permessage-deflate')).toEqual([
      1009,
      ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'],
    ]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * MIB);
    // By default the limit is that of ws, 100 MiB.
    expect((await closeOn(bomb, {}, 'permessage-deflate'))[0]).toBe(1009);
  });

  it('A37. lengths of 64 bits close with 1009 without a byte of payload', async () => {
    for (const declaredLength of [
      2n ** 63n,
      2n ** 62n,
      2n ** 53n,
      2n ** 40n,
      BigInt(100 * MIB + 1),
    ]) {
      const frame = rawFrame({ opcode: 2, declaredLength, lengthBits: 64 });
      expect((await closeOn(frame))[0]).toBe(1009);
    }
  });

  it('A37. fragments without end close with 1008', async () => {
    for (const payload of ['', 'x']) {
      const start = rawFrame({ opcode: 1, fin: false });
      const attack = Buffer.concat([
        start,
        repeated(rawFrame({ opcode: 0, fin: false, payload }), 140_000),
      ]);
      expect(await closeOn(attack)).toEqual([1008, ['WS_ERR_TOO_MANY_BUFFERED_PARTS']]);
    }
  });

  it('A37. window bits out of range fail the handshake, and throw nowhere else', async () => {
    for (const bits of ['99', '0', '7', '16', '-1', '9999999999', '1e1', '']) {
      const server = await RawServer.listen();
      const heard = new Heard(new WebSocket(server.url));
      await server.accept({
        headers: {
          'Sec-WebSocket-Extensions': `permessage-deflate; server_max_window_bits=${bits}`,
        },
      });
      await heard.closed();
      expect(heard.words[0]).toEqual(['error', 'WS_ERR_HANDSHAKE_EXTENSIONS']);
    }
  });

  it('A37. headers beyond 16 KiB and silence end the handshake', async () => {
    const server = await RawServer.listen();
    for (const headers of [
      { 'X-Large': 'x'.repeat(20_000) },
      Object.fromEntries(
        Array.from({ length: 3_000 }, (_, index) => [`X-Header-${index}`, 'value']),
      ),
    ]) {
      const heard = new Heard(new WebSocket(server.url, { handshakeTimeout: 5_000 }));
      await server.accept({ headers });
      expect(await heard.closed()).toEqual(['close', 1006, '']);
      expect(heard.words[0]).toEqual(['error', 'HPE_HEADER_OVERFLOW']);
    }
    const silent = new Heard(new WebSocket(server.url, { handshakeTimeout: 50 }));
    await server.request();
    expect(await silent.closed()).toEqual(['close', 1006, '']);
    expect(silent.words[0]).toEqual(['error', 'WS_ERR_HANDSHAKE_TIMEOUT']);
  });

  it('A37. redirects are followed on request only, and not without end', async () => {
    const server = await RawServer.listen();
    const once_ = new Heard(new WebSocket(server.url));
    await server.accept(redirect('/again'));
    await once_.closed();
    expect([once_.words[0], server.connections]).toEqual([['error', 'WS_ERR_HANDSHAKE_STATUS'], 1]);
    const loop = new Heard(new WebSocket(server.url, { followRedirects: true, maxRedirects: 3 }));
    for (let count = 0; count < 4; count++) await server.accept(redirect('/again'));
    await loop.closed();
    expect([loop.words[0], server.connections]).toEqual([
      ['error', 'WS_ERR_TOO_MANY_REDIRECTS'],
      5,
    ]);
    for (const location of [
      'ftp://127.0.0.1/',
      'ws+unix:/etc/passwd',
      'javascript:alert(1)',
      'http://',
      'ws://127.0.0.1/#x',
    ]) {
      const heard = new Heard(new WebSocket(server.url, { followRedirects: true }));
      await server.accept(redirect(location));
      await heard.closed();
      expect(heard.of('error')).toHaveLength(1);
    }
  });

  it('A37. credentials stay with the server they are for', async () => {
    const first = await RawServer.listen();
    const other = await RawServer.listen();
    const secrets = {
      Authorization: 'Bearer secret',
      Cookie: 'session=secret',
      'X-Other': 'stays',
    };
    const ws = new WebSocket(first.url, { followRedirects: true, headers: secrets });
    ws.on('error', () => {});
    await first.accept(redirect('/same'));
    const same = await first.accept(redirect(`${other.url}/foreign`));
    expect(headerOf(same.head, 'Authorization')).toBe('Bearer secret');
    const foreign = await other.accept(redirect(`${first.url}/back`));
    expect(headerOf(foreign.head, 'Authorization')).toBeUndefined();
    expect(headerOf(foreign.head, 'Cookie')).toBeUndefined();
    expect(headerOf(foreign.head, 'X-Other')).toBe('stays');
    // A way back does not bring them back: the other server may have chosen it.
    const back = await first.request();
    expect(headerOf(back.head, 'Authorization')).toBeUndefined();
    expect(headerOf(back.head, 'Cookie')).toBeUndefined();
    ws.terminate();
    const basic = new WebSocket(first.url.replace('ws://', 'ws://user:password@'), {
      followRedirects: true,
    });
    basic.on('error', () => {});
    const asked = await first.accept(redirect(`${other.url}/foreign`));
    expect(headerOf(asked.head, 'Authorization')).toBe(
      `Basic ${Buffer.from('user:password').toString('base64')}`,
    );
    expect(headerOf((await other.request()).head, 'Authorization')).toBeUndefined();
    basic.terminate();
  });

  it('A37. a server that leaves at any moment is a close, and nothing else', async () => {
    const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n';
    for (const bytes of [
      '',
      'H',
      'HTTP/1.1 101',
      head,
      `${head}\r\n`,
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab',
      'garbage\r\n\r\n',
    ]) {
      for (const how of ['end', 'reset'] as const) {
        const server = await RawServer.listen();
        const heard = new Heard(new WebSocket(server.url));
        const { peer } = await server.request();
        peer.write(bytes);
        peer[how]();
        expect(await heard.closed()).toEqual(['close', 1006, '']);
        expect(heard.of('error')).toHaveLength(1);
      }
    }
  });
});
