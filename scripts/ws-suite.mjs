// Runs the tests of `ws` itself on `nestwire/ws` of the sources: npm run test:ws-suite -- FOLDER, a checkout of ws whose devDependencies are installed. Its tests of the inside (parser, zlib, symbols) are not meant.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleWs } from './bundle-commonjs.mjs';

const checkout = resolve(process.argv[2] ?? '');
const tests = ['websocket', 'websocket-server', 'create-websocket-stream'];
const mocha = join(checkout, 'node_modules/mocha/bin/mocha');
for (const [path, what] of [
  [
    join(checkout, 'test/websocket.test.js'),
    'Usage: npm run test:ws-suite -- FOLDER, with ws in it',
  ],
  [mocha, 'Run npm install in the checkout of ws first'],
]) {
  if (existsSync(path)) continue;
  console.error(`${what}: there is no ${path}`);
  process.exit(2);
}

/** What the tests take from files of ws by path, as our class has it. */
const FILES = {
  'index.js': "module.exports = require('./nestwire/index.cjs');",
  'lib/sender.js': "module.exports = require('..').Sender;",
  'lib/stream.js': "module.exports = require('..').createWebSocketStream;",
  'lib/event-target.js': `
    const WebSocket = require('..');
    const ws = new WebSocket(null);
    for (const name of ['Event', 'MessageEvent', 'CloseEvent', 'ErrorEvent']) {
      const type = name === 'Event' ? 'open' : name.slice(0, -5).toLowerCase();
      ws.addEventListener(type, (event) => (exports[name] = event.constructor));
    }
    ws.emit('open');
    ws.emit('message', Buffer.alloc(0), false);
    ws.emit('close', 1000, Buffer.alloc(0));
    ws.emit('error', new Error());`,
};

const folder = mkdtempSync(join(tmpdir(), 'nestwire-ws-suite-'));
try {
  await bundleWs(join(folder, 'nestwire'));
  for (const part of ['lib', 'test'])
    cpSync(join(checkout, part), join(folder, part), { recursive: true });
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  for (const test of tests) {
    const args = [
      mocha,
      '--exit',
      '--timeout',
      '5000',
      '--reporter',
      'dot',
      `test/${test}.test.js`,
    ];
    spawnSync(process.execPath, [...args, ...process.argv.slice(3)], {
      cwd: folder,
      stdio: 'inherit',
    });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
