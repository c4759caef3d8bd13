import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import api, * as named from 'nestwire/websocket-node';
import { ROOT } from '../support/sources.js';

const original = createRequire(import.meta.url)('websocket') as Record<string, unknown>;
const isBuilt = existsSync(join(ROOT, 'dist/libs/websocket-node/src/index.js'));

/** Runs a CommonJS program that requires this package by its name. */
function run(program: string): unknown {
  const args = ['--no-warnings', '--input-type=commonjs', '--eval', program];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }));
}

describe('the names of the package', () => {
  it('are those of the npm package websocket, in its default and by name', () => {
    expect(Object.keys(api).sort()).toEqual(Object.keys(original).sort());
    for (const name of Object.keys(original)) {
      expect(Reflect.get(named, name)).toBe(Reflect.get(api, name));
      expect(typeof Reflect.get(api, name)).toBe(typeof original[name]);
    }
  });

  it.each(['server', 'client', 'router', 'frame', 'request', 'connection', 'w3cwebsocket'])(
    'each public member of %s is there',
    (name) => {
      const theirs = (original[name] as { prototype: object }).prototype;
      const ours = (Reflect.get(api, name) as { prototype: object }).prototype;
      const internal =
        /^(_|handle|process|set.*Timer|clear.*Timer|fragmentAndSend|sendCloseFrame|validate|failH|succeedH|pathToRegExp|findHandlerIndex|constructor$)/;
      const members = Object.getOwnPropertyNames(theirs).filter((member) => !internal.test(member));
      expect(members.filter((member) => !(member in ours))).toEqual([]);
    },
  );

  it('include the version of this package', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(named.version).toBe(manifest.version);
  });
});

describe('package.json', () => {
  it('has the entry for Node, and another for browsers', () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      exports: Record<string, Record<string, string>>;
    };
    const entry = exports['./websocket-node'] ?? {};
    expect(Object.keys(entry)).toEqual(['types', 'browser', 'default']);
    expect(entry['browser']).toMatch(/\/browser\.js$/);
  });
});

// Of what `npm run build` wrote.
(isBuilt ? describe : describe.skip)('require', () => {
  it('gives the same names as the npm package websocket', () => {
    const names = run(
      `console.log(JSON.stringify(Object.keys(require('nestwire/websocket-node')).sort()))`,
    );
    expect(names).toEqual(Object.keys(original).sort());
  });

  it('gives classes that work', () => {
    const said = run(`
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

  it('gives the entry for browsers by its own name', () => {
    const names = run(
      `console.log(JSON.stringify(Object.keys(require('nestwire/websocket-node/browser')).sort()))`,
    );
    expect(names).toEqual(expect.arrayContaining(['version', 'w3cwebsocket']));
  });
});
