// Tracers, mocks and agents of proxies replace functions of Node's modules. They are called, whichever way and
// whenever they were replaced: each case is a process of its own.
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TEST_CERTIFICATE } from '../../libs/engine/src/testing-fixtures/test-certificate.js';
import { transpileEngine } from '../limits/support/transpiled-engine.js';

const SCRIPT = fileURLToPath(new URL('./support/patched-node.cjs', import.meta.url));
let engine = '';

beforeAll(() => {
  engine = transpileEngine();
});

afterAll(() => rmSync(dirname(fileURLToPath(engine)), { recursive: true }));

describe('functions of Node that were replaced', () => {
  it.each([
    ['by require', 'before'],
    ['by require', 'after'],
    ['by import', 'before'],
    ['by import', 'after'],
  ])('%s, %s the engine was loaded, are called by clients and servers', async (by, when) => {
    const { key, cert } = TEST_CERTIFICATE;
    const args = [SCRIPT, engine, by === 'by require' ? 'cjs' : 'esm', when, key, cert];
    const { stdout } = await promisify(execFile)(process.execPath, args.map(String));
    const plain = { said: 'echo', 'http.request': 1, 'Server.emit': 1 };
    const secure = { said: 'echo', 'https.request': 1, 'tls.connect': 1 };
    expect(JSON.parse(stdout)).toEqual({
      server: { 'http.createServer': 1 },
      ws: { ...plain, 'net.connect': 1 },
      wss: secure,
      // The connection is the agent's to make.
      'ws by an agent': plain,
      'wss by an agent': expect.objectContaining({ said: 'echo', 'https.request': 1 }),
      'ws to a mocked host': { ...plain, mocked: 1, 'net.connect': 1 },
    });
  });
});
