// `compression: 'dedicated'` is a wish: an offer that asks for less gets it (RFC 7692 7.1), where the options of
// `ws` decline it. What was agreed on is what is used, seen by a peer made of Node's zlib alone.
import { once, type EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket, type PerMessageDeflateOptions } from 'nestwire/engine';
import * as ws from 'ws';
import {
  RawPeer,
  closeRawPeers,
  headerOf,
} from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import {
  closeServers,
  serve,
  serveEcho,
} from '../../libs/engine/src/testing-fixtures/websocket-servers.js';
import { ZlibPeer, textRepeatingAt } from '../../libs/engine/src/testing-fixtures/zlib-peer.js';

afterEach(async () => {
  await closeRawPeers();
  await closeServers();
});

const P = 'permessage-deflate';

/** A peer with this offer at an echo server, and what the server has agreed to. */
async function offer(header: string): Promise<{ peer: RawPeer; agreed: string | undefined }> {
  const { port } = await serveEcho({
    compression: 'dedicated',
    perMessageDeflate: { threshold: 0 },
  });
  const peer = await RawPeer.upgrade(port, { headers: { 'Sec-WebSocket-Extensions': header } });
  const head = await peer.readHead();
  expect(head.status).toBe(101);
  return { peer, agreed: headerOf(head, 'Sec-WebSocket-Extensions') };
}

interface Agreed {
  readonly serverBits: number;
  readonly clientBits: number;
  readonly serverTakeover: boolean;
  readonly clientTakeover: boolean;
}

/** By the rules of RFC 7692 7.1, for a server that would have context and windows of 13 bits. */
function expected(header: string): Agreed & { readonly response: string } {
  const has = (name: string): boolean => new RegExp(`${name}\\b`).test(header);
  const bits = (name: string): number | undefined => {
    const match = new RegExp(`${name}=(\\d+)`).exec(header);
    return match ? Number(match[1]) : undefined;
  };
  const serverBits = Math.min(13, bits('server_max_window_bits') ?? 13);
  const clientBits = bits('client_max_window_bits');
  const parts = [
    P,
    ...(has('server_no_context_takeover') ? ['server_no_context_takeover'] : []),
    ...(has('client_no_context_takeover') ? ['client_no_context_takeover'] : []),
    `server_max_window_bits=${serverBits}`,
    ...(clientBits === undefined ? [] : [`client_max_window_bits=${clientBits}`]),
  ];
  return {
    response: parts.join('; '),
    serverBits,
    clientBits: clientBits ?? 15,
    serverTakeover: !has('server_no_context_takeover'),
    clientTakeover: !has('client_no_context_takeover'),
  };
}

const FORGETTING = ['', '; server_no_context_takeover', '; client_no_context_takeover'];
const OFFERS = [
  ...FORGETTING,
  '; server_no_context_takeover; client_no_context_takeover',
  '; client_max_window_bits',
  ...[8, 9, 10, 11, 12, 13, 14, 15].flatMap((bits) => [
    `; server_max_window_bits=${bits}`,
    `; client_max_window_bits=${bits}`,
  ]),
  '; server_max_window_bits=9; client_max_window_bits=10',
  '; server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=9',
  '; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8; client_max_window_bits=9',
].map((parameters) => P + parameters);

/** Bytes of one message that is echoed twice. */
async function sizes(header: string): Promise<number[]> {
  const { peer } = await offer(header);
  const message = textRepeatingAt(2_000, 2_000);
  const found: number[] = [];
  for (let round = 0; round < 2; round++) {
    peer.send({ opcode: 2, payload: message });
    found.push((await peer.frame()).payload.length);
  }
  return found;
}

describe('a server with dedicated compression', () => {
  it.each(OFFERS)('agrees to %s, and keeps to it', async (header) => {
    const { peer, agreed } = await offer(header);
    const { response, serverBits, clientBits, serverTakeover, clientTakeover } = expected(header);
    expect(agreed).toBe(response);
    // Each would find any reference beyond its window, or to a message before, corrupt.
    const reads = new ZlibPeer(serverBits, serverTakeover);
    // zlib has no window of 8 bits to deflate with: such a client sends plain.
    const writes = clientBits === 8 ? null : new ZlibPeer(clientBits, clientTakeover);
    const window = 2 ** serverBits;
    for (const distance of [window - 300, window - 10, window, window + 10, 60]) {
      const message = textRepeatingAt(Math.max(10, distance), 2 * Math.max(300, distance));
      for (let round = 0; round < 2; round++) {
        if (writes === null) peer.send({ opcode: 2, payload: message });
        else peer.send({ opcode: 2, rsv: 4, payload: await writes.compress(message) });
        const { rsv, payload } = await peer.frame();
        expect(rsv).toBe(4);
        expect((await reads.decompress(payload)).equals(message)).toBe(true);
      }
    }
  });

  it('refers back to the message before where it may, and only there', async () => {
    const [first, again] = await sizes(P);
    expect(again).toBeLessThan(first! / 20);
    const [alone, aloneAgain] = await sizes(`${P}; server_no_context_takeover`);
    expect(aloneAgain).toBe(alone);
    // Its window is too small for the message before.
    const [small, smallAgain] = await sizes(`${P}; server_max_window_bits=9`);
    expect(smallAgain).toBeGreaterThan(small! / 2);
  });

  it('declines what is no offer, as ever', async () => {
    for (const parameters of ['server_max_window_bits=7', 'unknown', 'server_max_window_bits']) {
      expect((await offer(`${P}; ${parameters}`)).agreed).toBeUndefined();
    }
  });
});

/** Three messages to an echo and back: the second refers to the first where that was agreed on. */
async function echoed(client: EventEmitter & { send(text: string): void }): Promise<void> {
  const message = textRepeatingAt(3_000, 9_000).toString('latin1');
  for (let round = 0; round < 3; round++) {
    const answer = once(client, 'message') as Promise<[Buffer]>;
    client.send(message);
    expect(String((await answer)[0])).toBe(message);
  }
}

describe('dedicated compression beside ws', () => {
  it.each<[string, ws.PerMessageDeflateOptions]>([
    ['as it is', {}],
    ['that forgets', { clientNoContextTakeover: true }],
    ['that asks the server to forget', { serverNoContextTakeover: true }],
    ['with small windows', { serverMaxWindowBits: 9, clientMaxWindowBits: 10 }],
    [
      'with all of it',
      {
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
        serverMaxWindowBits: 10,
        clientMaxWindowBits: 9,
      },
    ],
  ])('serves a client of ws %s, compressed', async (_what, options) => {
    const { url, server } = await serveEcho({ compression: 'dedicated' });
    const client = new ws.WebSocket(url, { perMessageDeflate: { threshold: 0, ...options } });
    const [near] = (await once(server, 'connection')) as [WebSocket];
    if (client.readyState !== client.OPEN) await once(client, 'open');
    expect([client.extensions, near.extensions]).toEqual([P, P]);
    await echoed(client);
    client.close();
    await once(client, 'close');
  });

  it.each<[string, ws.PerMessageDeflateOptions]>([
    ['as it is', {}],
    ['that makes both forget', { serverNoContextTakeover: true, clientNoContextTakeover: true }],
    ['with small windows', { serverMaxWindowBits: 9, clientMaxWindowBits: 10 }],
  ])('opens at a server of ws %s, compressed', async (_what, options) => {
    const server = new ws.WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      perMessageDeflate: { threshold: 0, ...options },
    });
    server.on('connection', (one) => one.on('message', (data) => one.send(data)));
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = new WebSocket(`ws://127.0.0.1:${port}`, { compression: 'dedicated' });
    await once(client, 'open');
    expect(client.extensions).toBe(P);
    await echoed(client);
    client.close();
    await once(client, 'close');
    server.close();
  });

  it('opens at a server of this package that keeps no state', async () => {
    const { url } = await serveEcho({ compression: 'shared' });
    const client = new WebSocket(url, { compression: 'dedicated' });
    await once(client, 'open');
    expect(client.extensions).toBe(P);
    await echoed(client);
  });

  it.each<[string, PerMessageDeflateOptions]>([
    [`${P}; server_no_context_takeover`, { serverNoContextTakeover: false }],
    [`${P}; server_max_window_bits=10`, { serverMaxWindowBits: 11 }],
  ])('leaves the options of ws as they are: %s is declined', async (header, options) => {
    const { port } = await serve({ perMessageDeflate: options });
    const peer = await RawPeer.upgrade(port, { headers: { 'Sec-WebSocket-Extensions': header } });
    expect(headerOf(await peer.readHead(), 'Sec-WebSocket-Extensions')).toBeUndefined();
  });
});
