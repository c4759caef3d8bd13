import type { ClientRequest } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { answer, opened, outcomeOf } from '../testing-fixtures/client-outcome.js';
import { closeRawPeers, headerOf } from '../testing-fixtures/raw-peer.js';
import { RawServer, closeRawServers } from '../testing-fixtures/raw-server.js';
import { WebSocket } from '../ws/websocket.js';

afterEach(async () => {
  await closeRawPeers();
  await closeRawServers();
});

const to = (location: string, status = 302): string =>
  `HTTP/1.1 ${status} Moved\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;

const SECRETS = {
  authorization: 'Bearer secret',
  Cookie: 'session=secret',
  'proxy-authorization': 'Basic secret',
  Host: 'internal.test',
  'X-Harmless': 'yes',
};

describe('a client that is redirected', () => {
  it('fails, unless it was told to follow', async () => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url));
    await answer(server, to('/elsewhere'));
    expect(await result).toMatchObject({ errors: ['Unexpected server response: 302'] });
  });

  it.each([301, 302, 303, 307, 308])('follows a %i, on a new connection', async (status) => {
    const server = await RawServer.listen();
    const ws = new WebSocket(`${server.url}/first`, { followRedirects: true });
    const redirects: [string, string][] = [];
    ws.on('redirect', (url: string, request: ClientRequest) => {
      redirects.push([url, request.path]);
    });
    const { peer } = await answer(server, to('/second?x', status));
    const { head: request } = await server.accept();
    await opened(ws);
    expect(request.line).toBe('GET /second?x HTTP/1.1');
    expect(redirects).toEqual([[`${server.url}/second?x`, '/second?x']]);
    expect(ws.url).toBe(`${server.url}/second?x`);
    await peer.over();
  });

  it('fails at an empty Location, which leads to the same answer again', async () => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url, { followRedirects: true }));
    await answer(server, to(''));
    expect(await result).toMatchObject({ errors: ['Unexpected server response: 302'] });
  });

  it('takes another key for the new request, and the same offers', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, 'v1', { followRedirects: true });
    const { request: first } = await answer(server, to('/'));
    const { head: second } = await server.accept({ headers: { 'Sec-WebSocket-Protocol': 'v1' } });
    await opened(ws);
    const [one, two] = [first, second].map(({ headers }) => new Map(headers));
    expect(one!.get('sec-websocket-key')).not.toEqual(two!.get('sec-websocket-key'));
    one!.delete('sec-websocket-key');
    two!.delete('sec-websocket-key');
    expect(two).toEqual(one);
  });

  it('is a WebSocket only behind a 101: a 3xx without a place is an answer like another', async () => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url, { followRedirects: true }));
    await answer(server, 'HTTP/1.1 302 Found\r\n\r\n');
    expect(await result).toMatchObject({ errors: ['Unexpected server response: 302'] });
  });

  it('does not go round in circles', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { followRedirects: true, maxRedirects: 2 });
    const result = outcomeOf(ws);
    for (let count = 0; count < 3; count++) await answer(server, to('/again'));
    expect(await result).toMatchObject({
      errors: ['Maximum redirects exceeded'],
      codes: ['WS_ERR_TOO_MANY_REDIRECTS'],
      close: 1006,
    });
    expect(server.connections).toBe(3);
  });

  it('follows ten redirects and no more', async () => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url, { followRedirects: true }));
    for (let count = 0; count < 11; count++) await answer(server, to('/again'));
    expect(await result).toMatchObject({ errors: ['Maximum redirects exceeded'] });
    expect(server.connections).toBe(11);
  });

  it('has one time for all redirects together', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { followRedirects: true, handshakeTimeout: 1_000 });
    const result = outcomeOf(ws);
    const first = await server.next();
    await first.readHead();
    // Early enough for the second request to be on its way in time, on a busy machine too.
    first.write(to('/slow'));
    const second = await server.next();
    await second.over();
    expect(await result).toMatchObject({ errors: ['Opening handshake has timed out'] });
  });

  it.each(['http://', 'ftp://example.com/', 'ws+unix:/var/run/docker.sock:/', '/a#b'])(
    'fails on the place %s',
    async (location) => {
      const server = await RawServer.listen();
      const ws = new WebSocket(server.url, { followRedirects: true });
      const errors: Error[] = [];
      ws.on('error', (error) => errors.push(error));
      const result = outcomeOf(ws);
      const { peer } = await answer(server, to(location));
      expect(await result).toMatchObject({ close: 1006 });
      expect(errors.map(({ name }) => name)).toEqual(['SyntaxError']);
      await peer.over();
    },
  );

  it('can be stopped by who hears of it', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { followRedirects: true });
    const result = outcomeOf(ws);
    ws.on('redirect', () => ws.close());
    await answer(server, to('/again'));
    expect(await result).toMatchObject({
      errors: [expect.stringContaining('before')],
      close: 1006,
    });
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('takes headers from who hears of it', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { followRedirects: true });
    ws.on('redirect', (_url: string, request: ClientRequest) => request.setHeader('X-New', '1'));
    await answer(server, to('/again'));
    const { head: request } = await server.accept();
    await opened(ws);
    expect(headerOf(request, 'x-new')).toBe('1');
  });
});

describe('credentials of a client that is redirected', () => {
  it('go along on the same server', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { followRedirects: true, headers: SECRETS });
    await answer(server, to('/again'));
    const { head: request } = await server.accept();
    await opened(ws);
    expect(headerOf(request, 'authorization')).toBe('Bearer secret');
    expect(headerOf(request, 'cookie')).toBe('session=secret');
    expect(headerOf(request, 'host')).toBe('internal.test');
  });

  it('of the URL go along too, where the place names none', async () => {
    const server = await RawServer.listen();
    const url = `ws://user:pass@127.0.0.1:${server.port}/`;
    const ws = new WebSocket(url, { followRedirects: true });
    const { request: first } = await answer(server, to('/again'));
    const { head: request } = await server.accept();
    await opened(ws);
    expect(headerOf(first, 'authorization')).toBe('Basic dXNlcjpwYXNz');
    expect(headerOf(request, 'authorization')).toBe('Basic dXNlcjpwYXNz');
  });

  const withSecrets = { followRedirects: true, headers: SECRETS } as const;

  it.each([
    ['in headers', '', withSecrets],
    ['in the URL', 'user:pass@', { followRedirects: true }],
    ['in the option auth', '', { followRedirects: true, auth: 'user:pass' }],
    ['in headers, though somebody listens', '', withSecrets],
  ])('%s stay behind on the way to another port', async (what, inUrl, options) => {
    const [server, other] = [await RawServer.listen(), await RawServer.listen()];
    const ws = new WebSocket(`ws://${inUrl}127.0.0.1:${server.port}/`, options);
    if (what.includes('listens')) ws.on('redirect', () => {});
    const { request: first } = await answer(server, to(`${other.url}/`));
    expect(first.headers.has('authorization')).toBe(true);
    const { head: request } = await other.accept();
    await opened(ws);
    for (const name of ['authorization', 'cookie', 'proxy-authorization']) {
      expect(request.headers.has(name)).toBe(false);
    }
    expect(headerOf(request, 'host')).toBe(`127.0.0.1:${other.port}`);
  });

  it('stay behind on the way to another host', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, withSecrets);
    await answer(server, to(`ws://localhost:${server.port}/`));
    const { head: request } = await server.accept();
    await opened(ws);
    expect(request.headers.has('authorization')).toBe(false);
    expect(request.headers.has('cookie')).toBe(false);
    expect(headerOf(request, 'x-harmless')).toBe('yes');
  });

  it('stay behind on the way to another scheme', async () => {
    const server = await RawServer.listen({ tls: true });
    const plain = await RawServer.listen();
    const ws = new WebSocket(`wss://127.0.0.1:${server.port}`, {
      ...withSecrets,
      rejectUnauthorized: false,
    });
    await answer(server, to(plain.url));
    const { head: request } = await plain.accept();
    await opened(ws);
    expect(request.headers.has('authorization')).toBe(false);
    expect(request.headers.has('cookie')).toBe(false);
  });

  it('do not come back with the way', async () => {
    const [server, other] = [await RawServer.listen(), await RawServer.listen()];
    const ws = new WebSocket(server.url, withSecrets);
    await answer(server, to(other.url));
    await answer(other, to(`${server.url}/set-by-the-other`));
    const { head: request } = await server.accept();
    await opened(ws);
    expect(request.headers.has('authorization')).toBe(false);
  });
});
