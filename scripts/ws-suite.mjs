// Runs the tests of `ws` itself on `nestwire/ws` of the sources: npm run test:ws-suite -- FOLDER, a checkout of ws
// whose devDependencies are installed. Tests of the inside (members with an underscore, symbols) are told apart
// from those of the public API. Prints every test that fails, and how many pass.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleWs } from './bundle-commonjs.mjs';

const checkout = resolve(process.argv[2] ?? '');
const FILES = ['websocket', 'websocket-server', 'create-websocket-stream'];
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

/** What the tests take from files of ws by path, as our class has it; and what tells us of them. */
const PLACED = {
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
  'reporter.js': `
    const { appendFileSync } = require('node:fs');
    module.exports = function (runner) {
      const tell = (test, passed, error) => test.type === 'test' && appendFileSync('told.jsonl', JSON.stringify({
        title: test.fullTitle(), body: test.body, passed, problem: error?.message }) + '\\n');
      runner.on('pass', (test) => tell(test, true));
      runner.on('fail', (test, error) => tell(test, false, error));
    };`,
};
const INTERNAL = /\b\w+\._[a-z]\w*|\[k[A-Z]\w+\]|EMPTY_BUFFER/;

const folder = mkdtempSync(join(tmpdir(), 'nestwire-ws-suite-'));
try {
  await bundleWs(join(folder, 'nestwire'));
  for (const part of ['lib', 'test']) {
    cpSync(join(checkout, part), join(folder, part), { recursive: true });
  }
  for (const [name, text] of Object.entries(PLACED)) writeFileSync(join(folder, name), text);
  symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  const kinds = { public: { tests: 0, pass: 0 }, internal: { tests: 0, pass: 0 } };
  for (const file of FILES) {
    const told = (...args) => run(`test/${file}.test.js`, ...args);
    const tests = told('--dry-run');
    const passed = passedOf(told());
    for (const { title, body } of tests) {
      const kind = INTERNAL.test(body) ? 'internal' : 'public';
      kinds[kind].tests++;
      // Some fail, or are not run, because one before them failed: each of those alone.
      const alone = passed.has(title)
        ? []
        : told('--grep', `^${title.replace(/[^\w ]/g, '\\$&')}$`);
      if (passed.has(title) || passedOf(alone).has(title)) kinds[kind].pass++;
      else console.log(`${kind}: ${title}: ${alone[0]?.problem ?? 'was not run'}`);
    }
  }
  console.table(kinds);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs mocha. @returns a line for every test that passed or failed */
function run(file, ...args) {
  const path = join(folder, 'told.jsonl');
  writeFileSync(path, '');
  const more = ['--exit', '--timeout', '5000', '--reporter', './reporter.js'];
  spawnSync(process.execPath, [mocha, file, ...more, ...args], { cwd: folder, stdio: 'ignore' });
  const lines = readFileSync(path, 'utf8').trim().split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

/** The titles of tests that passed, and did not fail as well. */
function passedOf(told) {
  const failed = new Set(told.filter(({ passed }) => !passed).map(({ title }) => title));
  return new Set(told.map(({ title }) => title).filter((title) => !failed.has(title)));
}
