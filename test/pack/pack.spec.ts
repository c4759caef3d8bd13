// What is published, installed as an application would: from the tarball, beside Nest 11 and Nest 12.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/sources.js';
import { run } from './support/command.js';
import {
  compileApp,
  compileTypes,
  install,
  pack,
  removeFolder,
  runJest,
  temporaryFolder,
} from './support/fixture.js';
import { firstBlock, readmeBlock } from './support/quick-start.js';

const folder = temporaryFolder();
let files: string[] = [];
const nests = [11, 12] as const;
/** What tests are run with: the CommonJS applications of Nest 11 have Jest with ts-jest. */
const runners = {
  11: ['@nestjs/testing@^11', 'jest@^30', 'ts-jest@^29', 'typescript@^5', '@types/jest@^30'],
  12: ['vitest@^3'],
} as const;
const placeOf = (nest: number): string => join(folder, `nest-${nest}`);

beforeAll(async () => {
  const packed = await pack(folder);
  files = packed.files;
  for (const nest of nests) {
    await install(placeOf(nest), packed.tarball, nest, runners[nest]);
  }
}, 120_000);

afterAll(() => removeFolder(folder));

/** An entry of "exports": a file, or entries by condition. */
type Entry = string | { readonly [condition: string]: Entry };

function filesOf(entry: Entry): string[] {
  return typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(filesOf);
}

type WsModule = Record<string, { prototype: object }>;

describe('the packed package', () => {
  it('holds every file that its entry points name', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      exports: Record<string, Entry>;
      imports: Record<string, Entry>;
    };
    const entries = [...Object.values(manifest.exports), ...Object.values(manifest.imports)];
    const named = entries.flatMap(filesOf);
    expect(named.filter((path) => !files.includes(path.replace('./', '')))).toEqual([]);
    expect(named.length).toBeGreaterThan(6);
  });

  it('holds the generators, and what describes them', () => {
    const place = 'libs/schematics';
    const { schematics } = JSON.parse(
      readFileSync(join(ROOT, place, 'collection.json'), 'utf8'),
    ) as { schematics: Record<string, { factory: string; schema: string }> };
    const named = Object.values(schematics).flatMap(({ factory, schema }) => [
      join(place, factory.replace(/#.*/, '')),
      join(place, schema),
    ]);
    expect([...named, `${place}/collection.json`].filter((path) => !files.includes(path))).toEqual(
      [],
    );
    expect(named).toHaveLength(6);
  });

  it('holds what a reader of the package needs, and no tests or build state', () => {
    expect(files).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'LICENSE']));
    const odd = files.filter((path) =>
      /\.spec\.|tsbuildinfo|(?:^|\/)(?:testing-fixtures|sample|bench|test)\//.test(path),
    );
    expect(odd).toEqual([]);
  });

  it('brings the sources into its source maps, which name files that are not there', () => {
    const installed = join(placeOf(12), 'node_modules/nestwire');
    const maps = files.filter((path) => path.endsWith('.map'));
    const bare = maps.filter((path) => {
      const { sources, sourcesContent } = JSON.parse(
        readFileSync(join(installed, path), 'utf8'),
      ) as { sources: string[]; sourcesContent?: string[] };
      return sourcesContent?.length !== sources.length;
    });
    expect(maps.length).toBeGreaterThan(100);
    expect(bare).toEqual([]);
  });

  it.each([
    [11, 'node10', { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' }],
    [12, 'nodenext', { module: 'nodenext' }],
    [12, 'bundler', { module: 'esnext', moduleResolution: 'bundler' }],
  ] as const)(
    'has types for every entry, beside Nest %i under moduleResolution %s',
    (nest, name, options) => compileTypes(placeOf(nest), `types-${name}`, options),
    60_000,
  );

  it('shows no types of its own to be wrong', async () => {
    await compileTypes(placeOf(12), 'types-checked', { module: 'nodenext', skipLibCheck: false });
  }, 60_000);

  it('brings nothing into an application but the path matcher of Nest', () => {
    const { packages } = JSON.parse(
      readFileSync(join(placeOf(12), 'package-lock.json'), 'utf8'),
    ) as { packages: Record<string, { dependencies?: Record<string, string> }> };
    const { dependencies } = packages['node_modules/nestwire'] ?? {};
    expect(Object.keys(dependencies ?? {})).toEqual(['path-to-regexp']);
    expect(existsSync(join(placeOf(12), 'node_modules/ws'))).toBe(false);
  });

  it.each([
    [11, 'commonjs'],
    [11, 'module'],
    [12, 'module'],
    [12, 'commonjs'],
  ] as const)(
    'runs the quick start of the README on Nest %i in an application of type %s',
    async (nest, type) => {
      const main = await compileApp(placeOf(nest), type, type);
      const output = await run(process.execPath, ['--no-warnings', main], {
        cwd: placeOf(nest),
        input: readmeBlock('js'),
        timeout: 15_000,
      });
      expect(JSON.parse(output)).toEqual({
        message: { event: 'said', data: { text: 'hello' } },
        refused: 403,
        standard: [1, { code: 1001, reason: 'Server is shutting down' }],
      });
    },
    60_000,
  );

  it('tests a gateway under Vitest', async () => {
    const app = dirname(await compileApp(placeOf(12), 'vitest', 'module'));
    const vitest = join(placeOf(12), 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--root', app, '--reporter', 'json'];
    const report = await run(process.execPath, args, { cwd: placeOf(12), timeout: 30_000 });
    expect(JSON.parse(report)).toMatchObject({ numPassedTests: 4, numTotalTests: 4 });
  }, 60_000);
});

describe('Jest with ts-jest, in a CommonJS application of Nest 11', () => {
  it('tests a gateway with the configuration of docs/testing.md', async () => {
    const config = JSON.parse(firstBlock('docs/testing.md', 'json')) as object;
    expect(await runJest(placeOf(11), config)).toMatchObject({ numPassedTests: 1, success: true });
  }, 120_000);
});

/** Runs a CommonJS program beside Nest 11; what it prints. */
async function evaluate(program: string): Promise<unknown> {
  const args = ['--no-warnings', '--input-type=commonjs', '--eval', program];
  return JSON.parse(await run(process.execPath, args, { cwd: placeOf(11), timeout: 15_000 }));
}

const keysOf = (entry: string): Promise<unknown> =>
  evaluate(`console.log(JSON.stringify(Object.keys(require('${entry}')).sort()))`);

describe('require() of the packed package, from CommonJS', () => {
  it('gives nestwire/websocket-node the names of the npm package websocket', async () => {
    const original = createRequire(import.meta.url)('websocket') as object;
    expect(await keysOf('nestwire/websocket-node')).toEqual(Object.keys(original).sort());
  });

  it('gives classes of nestwire/websocket-node that work', async () => {
    const said = await evaluate(`
      const WebSocketServer = require('nestwire/websocket-node').server;
      const { client: WebSocketClient } = require('nestwire/websocket-node');
      const http = require('node:http').createServer();
      const server = new WebSocketServer({ httpServer: http, autoAcceptConnections: true });
      server.on('connect', (connection) => connection.sendUTF('hello'));
      http.listen(0, '127.0.0.1', () => {
        const client = new WebSocketClient();
        client.on('connect', (connection) => {
          connection.on('message', (message) => {
            console.log(JSON.stringify(message));
            connection.close();
            server.shutDown();
            http.close();
          });
        });
        client.connect('ws://127.0.0.1:' + http.address().port + '/');
      });
    `);
    expect(said).toEqual({ type: 'utf8', utf8Data: 'hello' });
  });

  it('gives nestwire/ws the class with the names of ws, the same as import does', async () => {
    const original = createRequire(import.meta.url)('ws') as object;
    expect(await keysOf('nestwire/ws')).toEqual(Object.keys(original).sort());
    const same = await evaluate(`
      const WebSocket = require('nestwire/ws');
      import('nestwire/ws').then((module) => console.log(JSON.stringify([
        module.default === WebSocket, module.WebSocketServer === WebSocket.Server,
        Object.keys(module).sort(),
      ])));
    `);
    const names = Object.keys(await import('ws'));
    expect(same).toEqual([true, true, names.sort()]);
  });

  it('gives the classes of nestwire/ws their names, and nothing under a plain name that ws has not', async () => {
    const ws = createRequire(import.meta.url)('ws') as WsModule;
    const classes = ['WebSocketServer', 'Sender', 'Receiver', 'PerMessageDeflate'];
    const found = await evaluate(`
      const WebSocket = require('nestwire/ws');
      console.log(JSON.stringify(${JSON.stringify(classes)}.map((name) => [
        name, WebSocket[name].name, Object.getOwnPropertyNames(WebSocket[name].prototype),
      ])));
    `);
    const more = (found as [string, string, string[]][]).map(([name, own, names]) => {
      const original = Object.getOwnPropertyNames(ws[name]!.prototype);
      return [name, own, names.filter((one) => !original.includes(one) && !one.startsWith('_'))];
    });
    expect(more).toEqual([
      ['WebSocketServer', 'WebSocketServer', ['toJSON']],
      ['Sender', 'Sender', []],
      ['Receiver', 'Receiver', []],
      ['PerMessageDeflate', 'PerMessageDeflate', []],
    ]);
  });

  it('gives the entry for browsers by its own name', async () => {
    const names = await keysOf('nestwire/websocket-node/browser');
    expect(names).toEqual(expect.arrayContaining(['version', 'w3cwebsocket']));
  });

  it('gives nestwire/engine the names that users of ws take from it', async () => {
    const names = await keysOf('nestwire/engine');
    expect(names).toEqual(
      expect.arrayContaining(['WebSocket', 'WebSocketServer', 'Server', 'createWebSocketStream']),
    );
  });
});
