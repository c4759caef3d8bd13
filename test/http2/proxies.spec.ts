// Proxies in front of servers of either version of HTTP, with the configurations of docs/http2.md.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp1Server, type IncomingMessage } from 'node:http';
import {
  createSecureServer,
  createServer,
  type ClientHttp2Session,
  type Http2Server,
  type ServerHttp2Session,
} from 'node:http2';
import { connect, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'nestwire/engine';
import {
  closeHttp2,
  listenHttp2,
  openSession,
} from '../../libs/engine/src/testing-fixtures/http2-peers.js';
import { TEST_CERTIFICATE } from '../../libs/engine/src/testing-fixtures/test-certificate.js';
import { findProgram } from '../cluster/support/debian-program.js';
import { launchChromium } from '../support/chromium.js';
import { freePort } from '../support/free-port.js';
import { ROOT } from '../support/sources.js';

/** Installing a proxy or a browser, where there is none. */
const INSTALL_TIMEOUT = 300_000;

const folder = mkdtempSync(join(tmpdir(), 'nestwire-proxies-'));
const processes: ChildProcess[] = [];
const servers: Server[] = [];
const sockets: WebSocketServer[] = [];

afterAll(async () => {
  for (const child of processes) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  for (const server of servers) server.close();
  await closeHttp2();
  rmSync(folder, { recursive: true });
});

/** Answers with its name and the version of HTTP its client came by, and closes when it is told to. */
function echo(name: string, server: Server | Http2Server): WebSocketServer {
  const served = new WebSocketServer({
    server: server as Http2Server,
    maxPayload: 4 * 1024 * 1024,
    perMessageDeflate: true,
    verifyClient: ({ req }, done) => done(req.url !== '/chat/closed' && req.url !== '/closed', 401),
  });
  served.on('connection', (ws: WebSocket, request: IncomingMessage) => {
    ws.on('message', (data) => {
      const text = (data as Buffer).toString();
      if (text === 'leave') ws.close(1001, 'Good night');
      else ws.send(`${name} ${request.httpVersion} ${text}`);
    });
    ws.on('error', () => {});
  });
  sockets.push(served);
  return served;
}

/** The first block of docs/http2.md in this language. */
function documented(language: string): string {
  const page = readFileSync(join(ROOT, 'docs/http2.md'), 'utf8');
  const [, block] = new RegExp('```' + language + '\n([\\s\\S]*?)```').exec(page) ?? [];
  if (block === undefined) throw new Error(`docs/http2.md has no block of ${language}`);
  return block;
}

/** With each of these texts replaced. @throws {Error} when one of them is not there */
function changed(text: string, changes: readonly (readonly [string, string])[]): string {
  let now = text;
  for (const [from, to] of changes) {
    if (!now.includes(from)) throw new Error(`The configuration does not say ${from}`);
    now = now.replaceAll(from, to);
  }
  return now;
}

/** Runs a proxy in the foreground, until it takes connections at `port`. */
async function run(program: string, words: readonly string[], port: number): Promise<void> {
  const child = spawn(findProgram(program), words, { stdio: ['ignore', 'ignore', 'pipe'] });
  processes.push(child);
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const opened = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (opened) return;
    await sleep(50);
  }
  throw new Error(`${program} ended: ${log}`);
}

/** An open WebSocket through a proxy at `port`, over the session or over HTTP/1.1. */
async function open(port: number, path: string, session?: ClientHttp2Session): Promise<WebSocket> {
  const options = { rejectUnauthorized: false, ...(session && { session }) };
  const ws = new WebSocket(`wss://127.0.0.1:${port}${path}`, 'chat', options);
  await once(ws, 'open');
  ws.on('error', () => {});
  return ws;
}

async function ask(ws: WebSocket, text: string): Promise<string> {
  ws.send(text);
  return String((await once(ws, 'message'))[0]);
}

describe('HAProxy in front', () => {
  let port: number;
  let session: ClientHttp2Session;
  const behind: ServerHttp2Session[] = [];

  beforeAll(async () => {
    const first = createHttp1Server();
    const second = createServer();
    const secure = createSecureServer({ ...TEST_CERTIFICATE, allowHTTP1: true });
    second.on('session', (one: ServerHttp2Session) => behind.push(one));
    echo('first', first);
    echo('second', second);
    echo('secure', secure);
    first.listen(0, '127.0.0.1');
    servers.push(first);
    await once(first, 'listening');
    port = await freePort();
    const pem = join(folder, 'site.pem');
    writeFileSync(pem, `${TEST_CERTIFICATE.cert}${TEST_CERTIFICATE.key}`);
    const file = join(folder, 'haproxy.cfg');
    const text = changed(documented('haproxy'), [
      [':443 ', `127.0.0.1:${port} `],
      ['/etc/haproxy/site.pem', pem],
      ['127.0.0.1:3000', `127.0.0.1:${(first.address() as AddressInfo).port}`],
      ['127.0.0.1:3001', `127.0.0.1:${await listenHttp2(second)}`],
      ['127.0.0.1:3443', `127.0.0.1:${await listenHttp2(secure)}`],
    ]);
    writeFileSync(file, text);
    await run('haproxy', ['-db', '-f', file], port);
    session = await openSession(`https://127.0.0.1:${port}`);
  }, INSTALL_TIMEOUT);

  it('tells clients that they may open WebSockets on a session', () => {
    expect(session.remoteSettings.enableConnectProtocol).toBe(true);
  });

  it.each([
    ['HTTP/2 to HTTP/1.1', '/chat', true, 'first 1.1'],
    ['HTTP/1.1 to HTTP/1.1', '/chat', false, 'first 1.1'],
    ['HTTP/2 to HTTP/2', '/', true, 'second 2.0'],
    ['HTTP/1.1 to HTTP/2', '/', false, 'second 2.0'],
    ['HTTP/2 to HTTP/2 over TLS', '/secure', true, 'secure 2.0'],
    ['HTTP/1.1 to HTTP/2 over TLS', '/secure', false, 'secure 2.0'],
  ])('goes from %s', async (_, path, isSecond, answer) => {
    const over = isSecond ? session : undefined;
    const ws = await open(port, path, over);
    expect([ws.protocol, ws.extensions]).toEqual(['chat', expect.stringMatching(/deflate/)]);
    expect(await ask(ws, 'hello')).toBe(`${answer} hello`);
    const long = 'ä'.repeat(500_000);
    expect(await ask(ws, long)).toBe(`${answer} ${long}`);
    const left = once(ws, 'close');
    ws.send('leave');
    expect((await left).map(String)).toEqual(['1001', 'Good night']);
    const other = await open(port, path, over);
    const closed = once(other, 'close');
    other.close(4_000, 'bye');
    expect((await closed).map(String)).toEqual(['4000', 'bye']);
    expect(session.destroyed).toBe(false);
  });

  it.each([
    ['/chat/closed', true],
    ['/chat/closed', false],
    ['/closed', true],
    ['/closed', false],
  ])('hands on a refusal at %s, over HTTP/2: %p', async (path, isSecond) => {
    const opening = open(port, path, isSecond ? session : undefined);
    await expect(opening).rejects.toThrow(/401/);
  });

  it('hands on that a client was cut off', async () => {
    const ws = await open(port, '/', session);
    const served = [...sockets[1]!.clients].at(-1)!;
    const closed = once(served, 'close');
    ws.terminate();
    expect((await closed)[0]).toBe(1006);
  });

  it('has many clients on a few sessions', async () => {
    const all = await Promise.all(Array.from({ length: 150 }, () => open(port, '/')));
    expect(new Set(await Promise.all(all.map((ws) => ask(ws, 'x'))))).toEqual(
      new Set(['second 2.0 x']),
    );
    const alive = behind.filter((one) => !one.destroyed);
    expect(alive.length).toBeGreaterThan(1);
    expect(alive.length).toBeLessThan(20);
    for (const ws of all) ws.terminate();
  });
});

describe('nginx in front', () => {
  let port: number;

  beforeAll(async () => {
    const first = createHttp1Server((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>A page</title>');
    });
    echo('first', first);
    first.listen(0, '127.0.0.1');
    servers.push(first);
    await once(first, 'listening');
    port = await freePort();
    const [cert, key] = [join(folder, 'site.crt'), join(folder, 'site.key')];
    writeFileSync(cert, TEST_CERTIFICATE.cert);
    writeFileSync(key, TEST_CERTIFICATE.key);
    const http = changed(documented('nginx'), [
      ['listen 443 ', `listen 127.0.0.1:${port} `],
      ['/etc/nginx/site.crt', cert],
      ['/etc/nginx/site.key', key],
      ['127.0.0.1:3000', `127.0.0.1:${(first.address() as AddressInfo).port}`],
    ]);
    const file = join(folder, 'nginx.conf');
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join('\n');
    writeFileSync(
      file,
      `daemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${paths}\n${http}}\n`,
    );
    await run('nginx', ['-c', file, '-p', folder, '-e', 'stderr'], port);
  }, INSTALL_TIMEOUT);

  it('tells clients of HTTP/2 that there are no WebSockets on a session', async () => {
    const session = await openSession(`https://127.0.0.1:${port}`);
    expect(session.remoteSettings.enableConnectProtocol).toBe(false);
    await expect(open(port, '/', session)).rejects.toThrow(/CONNECT_PROTOCOL/);
    expect(session.destroyed).toBe(false);
  });

  it('goes from HTTP/1.1 to HTTP/1.1', async () => {
    const ws = await open(port, '/');
    expect(await ask(ws, 'hello')).toBe('first 1.1 hello');
    const closed = once(ws, 'close');
    ws.close(4_000, 'bye');
    expect((await closed).map(String)).toEqual(['4000', 'bye']);
    await expect(open(port, '/closed')).rejects.toThrow(/401/);
  });

  it(
    'has pages over HTTP/2 whose WebSockets browsers open over HTTP/1.1',
    async () => {
      const browser = await launchChromium();
      try {
        const context = await browser.newContext({ ignoreHTTPSErrors: true });
        const page = await context.newPage();
        await page.goto(`https://127.0.0.1:${port}/`);
        const seen = await page.evaluate(`new Promise((resolve, reject) => {
        const [{ nextHopProtocol }] = performance.getEntriesByType('navigation');
        const socket = new WebSocket('wss://' + location.host + '/', 'chat');
        socket.onerror = () => reject(new Error('no WebSocket'));
        socket.onopen = () => socket.send('hello');
        socket.onmessage = ({ data }) => resolve([nextHopProtocol, data]);
      })`);
        expect(seen).toEqual(['h2', 'first 1.1 hello']);
      } finally {
        await browser.close();
      }
    },
    INSTALL_TIMEOUT,
  );
});
