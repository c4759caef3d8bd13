// What WebSockets over HTTP/2 cost beside those over HTTP/1.1, both over TLS: `npm run bench:http2`. The server is a
// process of its own, whose memory and CPU are measured; clients are the engine's, 100 to a session. At last 10,000
// connections of 100 sessions are sent away.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createSecureServer } from 'node:http2';
import { createServer } from 'node:https';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocket, WebSocketServer } from '../../dist/libs/engine/src/index.js';

/** That of the tests, out of a source that Node does not load. */
const source = readFileSync(
  new URL('../../libs/engine/src/testing-fixtures/test-certificate.ts', import.meta.url),
  'utf8',
);
const [cert, key] = ['CERTIFICATE', 'PRIVATE KEY'].map(
  (what) => new RegExp(`-----BEGIN ${what}-----[^]+?-----END ${what}-----\n`).exec(source)[0],
);

const PER_SESSION = 100;
const IDLE = 1_000;
const BUSY = 100;
const SECONDS = 3;
const MANY = 10_000;

if (process.argv[2] === 'serve') serve(process.argv[3]);
else await measure();

function serve(http) {
  const server = http === '2' ? createSecureServer({ cert, key }) : createServer({ cert, key });
  const wss = new WebSocketServer({ server });
  wss.on('connection', (ws) => {
    ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
    ws.on('error', () => {});
  });
  process.on('message', (what) => {
    if (what === 'close') for (const ws of wss.clients) ws.close(1001);
    globalThis.gc();
    const { user, system } = process.cpuUsage();
    process.send({
      rss: process.memoryUsage.rss(),
      cpu: user + system,
      clients: wss.clients.size,
    });
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

async function measure() {
  process.stdout.write(`Node ${process.version}, load ${loadavg()[0].toFixed(2)}\n\n`);
  process.stdout.write('| | HTTP/1.1 | HTTP/2 |\n| --- | ---: | ---: |\n');
  const rows = new Map();
  for (const http of ['1', '2']) {
    const child = fork(fileURLToPath(import.meta.url), ['serve', http], {
      execArgv: ['--expose-gc'],
    });
    const [port] = await once(child, 'message');
    const ask = async (what) => {
      child.send(what);
      return (await once(child, 'message'))[0];
    };
    const open = opener(port, http);
    // What is loaded once is no cost of a connection.
    const first = await open(10);
    const before = await ask('look');
    const idle = await open(IDLE);
    await sleep(500);
    const after = await ask('look');
    note(
      rows,
      'KiB of an idle connection at the server',
      (after.rss - before.rss) / IDLE / 1024,
      1,
    );
    for (const bytes of [64, 1_024, 65_536]) {
      await echo(first.concat(idle).slice(0, BUSY), bytes, 500);
      const from = await ask('look');
      const messages = await echo(idle.slice(0, BUSY), bytes, SECONDS * 1_000);
      const to = await ask('look');
      note(
        rows,
        `us of the server's CPU for an echo of ${bytes} bytes`,
        (to.cpu - from.cpu) / messages,
        1,
      );
    }
    if (http === '2') await sendAway(open, ask, rows);
    child.kill();
  }
  for (const [name, values] of rows)
    process.stdout.write(`| ${name} | ${values.map((value) => value ?? '').join(' | ')} |\n`);
  process.exit();
}

function note(rows, name, value, digits = 0) {
  rows.set(name, [...(rows.get(name) ?? []), value.toFixed(digits)]);
}

function opener(port, http) {
  return async (count) => {
    const all = [];
    for (let left = count; left > 0; left -= PER_SESSION) {
      const session =
        http === '2'
          ? connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
          : undefined;
      const group = Array.from({ length: Math.min(left, PER_SESSION) }, () => {
        const options = { perMessageDeflate: false, ...(session && { session }) };
        return new WebSocket(`wss://127.0.0.1:${port}/`, { rejectUnauthorized: false, ...options });
      });
      await Promise.all(group.map((ws) => once(ws, 'open')));
      all.push(...group);
    }
    return all;
  };
}

/** Each connection has one message under way. @returns how many came back */
async function echo(all, bytes, time) {
  const payload = Buffer.alloc(bytes, 'x');
  let count = 0;
  let over = false;
  function again() {
    count++;
    if (!over) this.send(payload);
  }
  for (const ws of all) {
    ws.on('message', again);
    ws.send(payload);
  }
  await sleep(time);
  over = true;
  const counted = count;
  await sleep(200);
  for (const ws of all) ws.removeAllListeners('message');
  return counted;
}

async function sendAway(open, ask, rows) {
  const all = await open(MANY);
  const codes = all.map((ws) => once(ws, 'close').then(([code]) => code));
  const began = performance.now();
  await ask('close');
  const clean = (await Promise.all(codes)).filter((code) => code === 1001).length;
  const name = `of ${MANY} connections of ${MANY / PER_SESSION} sessions sent away with 1001`;
  rows.set(name, [undefined, String(clean)]);
  rows.set('ms until the last was gone', [undefined, (performance.now() - began).toFixed(0)]);
}
