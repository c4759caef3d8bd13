// The packages in the place of `ws` and `websocket`, installed from their tarballs: as an alias of the
// application, and by `overrides` below a dependency that requires `ws` itself.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/sources.js';
import { run } from './support/command.js';
import { removeFolder, temporaryFolder } from './support/fixture.js';

const folder = temporaryFolder();
const app = join(folder, 'app');
const echo = ['hello', 'number', true];

const ECHO = `
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => {
    const ws = new WebSocket('ws://127.0.0.1:' + server.address().port);
    ws.on('open', () => ws.send('hello'));
    ws.on('message', (data) => {
      console.log(JSON.stringify([String(data), typeof ws._socket.remotePort, WebSocket.Server === WebSocketServer]));
      ws.close();
      server.close();
    });
  });
  server.on('connection', (ws) => ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary })));
`;

beforeAll(async () => {
  const output = await run(process.execPath, ['scripts/pack-aliases.mjs', folder], {
    cwd: ROOT,
    timeout: 30_000,
  });
  const [ws, websocket] = output.trim().split('\n');
  // A dependency that has `ws` among its own, as most do.
  const dependency = join(folder, 'dependency');
  mkdirSync(dependency);
  writeFileSync(
    join(dependency, 'package.json'),
    JSON.stringify({ name: 'dependency', version: '1.0.0', dependencies: { ws: '^8.0.0' } }),
  );
  writeFileSync(
    join(dependency, 'index.js'),
    `module.exports = require('ws'); module.exports.from = require.resolve('ws/package.json');`,
  );
  mkdirSync(app);
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({
      private: true,
      dependencies: {
        ws: `file:${ws}`,
        websocket: `file:${websocket}`,
        dependency: `file:${dependency}`,
      },
      overrides: { ws: '$ws' },
    }),
  );
  const args = ['install', '--no-audit', '--no-fund', '--silent', '--offline', '--install-links'];
  await run('npm', args, { cwd: app, timeout: 60_000 });
}, 120_000);

afterAll(() => removeFolder(folder));

async function evaluate(type: 'commonjs' | 'module', program: string): Promise<unknown> {
  const args = ['--no-warnings', `--input-type=${type}`, '--eval', program];
  return JSON.parse(await run(process.execPath, args, { cwd: app, timeout: 15_000 }));
}

describe('the package in the place of ws', () => {
  it('runs an application of CommonJS', async () => {
    const program = `const WebSocket = require('ws'); const { WebSocketServer } = WebSocket; ${ECHO}`;
    expect(await evaluate('commonjs', program)).toEqual(echo);
  });

  it('runs an application of ES modules', async () => {
    const program = `import WebSocket, { WebSocketServer } from 'ws'; ${ECHO}`;
    expect(await evaluate('module', program)).toEqual(echo);
  });

  it('is what dependencies get that require ws', async () => {
    const found = await evaluate(
      'commonjs',
      `const { name } = require(require('dependency').from);
       console.log(JSON.stringify([name, require('dependency') === require('ws')]));`,
    );
    expect(found).toEqual(['nestwire-ws', true]);
  });
});

const JEST_TEST = `
  const { once } = require('node:events');
  test('echoes', async () => {
    const WebSocket = require('mapped');
    expect(WebSocket).toBe(require('ws'));
    const wss = new WebSocket.Server({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 0 } });
    await once(wss, 'listening');
    wss.on('connection', (ws) => ws.on('message', (data, binary) => ws.send(data, { binary })));
    const ws = new WebSocket('ws://127.0.0.1:' + wss.address().port);
    await once(ws, 'open');
    for (const data of ['text', new Uint8Array([1, 2]), new ArrayBuffer(2), new Blob(['blob'])]) {
      ws.send(data);
      const [got] = await once(ws, 'message');
      expect(Buffer.isBuffer(got)).toBe(true);
    }
    ws.close();
    await once(ws, 'close');
    await new Promise((closed) => wss.close(closed));
  });
  test('can be mocked', () => {
    const Mock = jest.createMockFromModule('ws');
    new Mock('ws://127.0.0.1').send('x');
    expect(Mock.prototype.send.mock.calls).toEqual([['x']]);
    expect(Mock.OPEN).toBe(1);
  });
`;

describe('the package in the place of ws, under Jest without ES modules', () => {
  it('is mapped to by moduleNameMapper, works, and can be mocked', async () => {
    writeFileSync(join(app, 'ws.test.js'), JEST_TEST);
    const config = {
      moduleNameMapper: { '^mapped$': 'ws' },
      transform: {},
      testEnvironment: 'node',
    };
    const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
    const args = [
      jest,
      '--json',
      '--silent',
      '-i',
      '--rootDir',
      app,
      '--config',
      JSON.stringify(config),
    ];
    const report = await run(process.execPath, args, { cwd: app, timeout: 60_000 });
    expect(JSON.parse(report)).toMatchObject({ numPassedTests: 2, numTotalTests: 2 });
  }, 90_000);
});

describe('the package in the place of websocket', () => {
  it('has the names of websocket, and works', async () => {
    const original = createRequire(import.meta.url)('websocket') as object;
    const said = await evaluate(
      'commonjs',
      `const websocket = require('websocket');
       const http = require('node:http').createServer();
       const server = new websocket.server({ httpServer: http, autoAcceptConnections: true });
       server.on('connect', (connection) => connection.sendUTF('hello'));
       http.listen(0, '127.0.0.1', () => {
         const client = new websocket.client();
         client.on('connect', (connection) => connection.on('message', ({ utf8Data }) => {
           console.log(JSON.stringify([Object.keys(websocket).sort(), utf8Data]));
           connection.close();
           server.shutDown();
           http.close();
         }));
         client.connect('ws://127.0.0.1:' + http.address().port + '/');
       });`,
    );
    expect(said).toEqual([Object.keys(original).sort(), 'hello']);
  });
});
