import { afterAll, describe, expect, it } from '@jest/globals';
import { WebSocket, type PerMessageDeflateOptions } from 'nestwire/engine';
import { RawPeer, headerOf } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { RawServer } from '../../libs/engine/src/testing-fixtures/raw-server.js';
import { nextConnection, serve } from '../../libs/engine/src/testing-fixtures/websocket-servers.js';
import { ZlibPeer, textRepeatingAt } from '../../libs/engine/src/testing-fixtures/zlib-peer.js';
import { closeAll } from './support/cleanup.js';

afterAll(closeAll);

/** A server that leaves everything to the client's offer. */
const OPEN_MINDED = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  threshold: 0,
};

/** What a server answers to this offer: the response header, and both ends if it opened. */
async function offer(header: string | string[], options: PerMessageDeflateOptions = OPEN_MINDED) {
  const { port, server } = await serve({ perMessageDeflate: options });
  const connected = nextConnection(server);
  const peer = await RawPeer.upgrade(port, { headers: { 'Sec-WebSocket-Extensions': header } });
  const head = await peer.readHead();
  expect(head.status).toBe(101);
  return { peer, ws: await connected, response: headerOf(head, 'Sec-WebSocket-Extensions') };
}

/** Whether a client opens on this response, and both ends. */
async function response(header: string | string[], options: PerMessageDeflateOptions = {}) {
  const raw = await RawServer.listen();
  const ws = new WebSocket(raw.url, { perMessageDeflate: { threshold: 0, ...options } });
  const result = new Promise<string>((resolve) => {
    ws.on('open', () => resolve('open'));
    ws.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
  const { peer, head } = await raw.accept({ headers: { 'Sec-WebSocket-Extensions': header } });
  return { peer, ws, offered: headerOf(head, 'Sec-WebSocket-Extensions'), result: await result };
}

async function declined(parameters: string): Promise<void> {
  expect((await offer(`${P}; ${parameters}`)).response).toBeUndefined();
}

const FAILED = 'WS_ERR_HANDSHAKE_EXTENSIONS';
const P = 'permessage-deflate';

describe('E. negotiating permessage-deflate', () => {
  it('78. Server declines an offer with an unknown parameter, and the connection opens', async () => {
    for (const one of [
      'unknown',
      'unknown=1',
      '__proto__',
      'constructor=1',
      'server_max_window_bits=10; x',
    ]) {
      await declined(one);
    }
  });

  it('79. Server declines an offer with a parameter twice', async () => {
    for (const name of [
      'server_no_context_takeover',
      'client_no_context_takeover',
      'client_max_window_bits',
    ]) {
      await declined(`${name}; ${name}`);
    }
    await declined('server_max_window_bits=10; server_max_window_bits=10');
    await declined('client_max_window_bits; client_max_window_bits=10');
  });

  it('80. Server declines an offer with an invalid value', async () => {
    for (const name of ['server_max_window_bits', 'client_max_window_bits']) {
      for (const value of [
        '16',
        '7',
        '0',
        '08',
        '010',
        '9.5',
        '+9',
        '1e1',
        'nine',
        '99999999999999999999',
      ]) {
        await declined(`${name}=${value}`);
      }
    }
    await declined('server_max_window_bits');
    await declined('server_no_context_takeover=1');
    await declined('client_no_context_takeover=true');
  });

  it('81. Server tries the next offer after declining one', async () => {
    const bad = `${P}; unknown`;
    for (const header of [
      `${bad}, ${P}; server_no_context_takeover`,
      `foo, ${bad}, ${P}; server_max_window_bits=08, ${P}; server_no_context_takeover, ${P}`,
      [bad, `${P}; server_no_context_takeover`],
    ]) {
      const answer = await offer(header, { clientNoContextTakeover: false });
      expect(answer.response).toBe(`${P}; server_no_context_takeover`);
    }
  });

  it('82. server_no_context_takeover is echoed, and each message stands alone', async () => {
    const {
      peer,
      ws,
      response: answer,
    } = await offer(`${P}; server_no_context_takeover`, {
      clientNoContextTakeover: false,
      threshold: 0,
    });
    expect(answer).toBe(`${P}; server_no_context_takeover`);
    const text = textRepeatingAt(500, 500).toString('latin1');
    for (let round = 0; round < 3; round++) {
      ws.send(text);
      const { rsv, payload } = await peer.frame();
      expect(rsv).toBe(4);
      const alone = await new ZlibPeer(15, false).decompress(payload);
      expect(alone.toString()).toBe(text);
    }
  });

  it('83. server_max_window_bits is echoed, and nothing refers back farther', async () => {
    for (let bits = 8; bits <= 15; bits++) {
      const { peer, ws, response: answer } = await offer(`${P}; server_max_window_bits=${bits}`);
      expect(answer).toBe(`${P}; server_max_window_bits=${bits}`);
      // An inflater with exactly this window would find any reference beyond it corrupt.
      const strict = new ZlibPeer(bits, true);
      for (const distance of [2 ** bits - 300, 2 ** bits - 10, 2 ** bits, 2 ** bits + 10]) {
        const message = textRepeatingAt(Math.max(10, distance));
        ws.send(message);
        expect((await strict.decompress((await peer.frame()).payload)).equals(message)).toBe(true);
      }
    }
    const less = await offer(`${P}; server_max_window_bits=12`, {
      ...OPEN_MINDED,
      serverMaxWindowBits: 9,
    });
    expect(less.response).toBe(`${P}; server_max_window_bits=9`);
  });

  it('84. client_max_window_bits is in the response only if it was offered', async () => {
    const limited = { ...OPEN_MINDED, clientMaxWindowBits: 10 };
    expect((await offer(`${P}; client_max_window_bits`, limited)).response).toBe(
      `${P}; client_max_window_bits=10`,
    );
    expect((await offer(P, limited)).response).toBeUndefined();
    expect((await offer(P)).response).toBe(P);
    expect((await offer(`${P}; client_max_window_bits=9`, limited)).response).toBe(
      `${P}; client_max_window_bits=9`,
    );
  });

  it('85. Client fails on an unknown, repeated or invalid parameter', async () => {
    const good = await response(`${P}; server_max_window_bits=10; client_max_window_bits=10`);
    expect([good.offered, good.result]).toEqual([`${P}; client_max_window_bits`, 'open']);
    for (const parameters of [
      'unknown',
      'server_max_window_bits=08',
      'server_max_window_bits=16',
      'server_max_window_bits=99',
      'server_max_window_bits',
      'client_max_window_bits',
      'client_max_window_bits=7',
      'server_no_context_takeover=1',
      'client_no_context_takeover; client_no_context_takeover',
      'server_max_window_bits=10; server_max_window_bits=10',
      'server_max_window_bits=0x0a',
    ]) {
      expect((await response(`${P}; ${parameters}`)).result).toBe(FAILED);
    }
  });

  it('86. Client fails on permessage-deflate twice', async () => {
    expect((await response(`${P}, ${P}`)).result).toBe(FAILED);
    expect((await response([P, P])).result).toBe(FAILED);
    expect((await response(`${P}, ${P}; server_no_context_takeover`)).result).toBe(FAILED);
  });

  it('87. Client fails on a window that answers nothing it offered, or is larger than asked', async () => {
    for (const [header, options] of [
      [`${P}; client_max_window_bits=10`, { clientMaxWindowBits: false }],
      [`${P}; client_max_window_bits=11`, { clientMaxWindowBits: 10 }],
      [`${P}; server_max_window_bits=11`, { serverMaxWindowBits: 10 }],
      [P, { serverMaxWindowBits: 10 }],
      [P, { serverNoContextTakeover: true }],
      [`${P}; client_no_context_takeover`, { clientNoContextTakeover: false }],
    ] as const) {
      expect((await response(header, options)).result).toBe(FAILED);
    }
    const { peer, ws, result } = await response(
      `${P}; client_max_window_bits=9; server_max_window_bits=8`,
      {
        serverMaxWindowBits: 10,
      },
    );
    expect(result).toBe('open');
    const strict = new ZlibPeer(9, true);
    for (const distance of [200, 500, 600, 5_000]) {
      ws.send(textRepeatingAt(distance));
      const { payload } = await peer.frame();
      expect((await strict.decompress(payload)).equals(textRepeatingAt(distance))).toBe(true);
    }
  });
});
