// The compiler is the application's own; without one, or with one that has no API, it is said what to install.
import { mkdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { loadTypeScript } from '../../libs/cli/src/compiler/typescript.js';
import { tinyApp } from './support/tiny-app.js';

const own = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
const fake = (version: string, api = false): Record<string, string> => ({
  'node_modules/typescript/package.json': JSON.stringify({ name: 'typescript', main: 'index.cjs' }),
  'node_modules/typescript/index.cjs': `exports.version = '${version}';${api ? 'exports.createProgram = () => 1;' : ''}`,
});

it('is the TypeScript beside the application', () => {
  expect(loadTypeScript(tinyApp(fake('5.9.9', true))).version).toBe('5.9.9');
});

it('is TypeScript 6 beside one that has no API', () => {
  const folder = tinyApp(fake('7.0.2'));
  mkdirSync(join(folder, 'node_modules/@typescript'), { recursive: true });
  symlinkSync(own, join(folder, 'node_modules/@typescript/typescript6'));
  expect(loadTypeScript(folder).version).toMatch(/^6\./);
});

it('is asked for when it is not there, or has no API', async () => {
  // Nothing is found beside this package, either.
  jest.unstable_mockModule('node:module', () => ({
    createRequire:
      (from: string) =>
      (name: string): unknown => {
        if (name === 'typescript' && from.includes('seven')) return { version: '7.0.2' };
        throw new Error('Cannot find module');
      },
  }));
  jest.resetModules();
  const { loadTypeScript: load } = await import('../../libs/cli/src/compiler/typescript.js');
  expect(() => load('/nothing')).toThrow(
    'Cannot find TypeScript, which reads the gateways: expected the package typescript 5 or 6 beside the application, install it with: npm install --save-dev typescript@6',
  );
  expect(() => load('/seven')).toThrow(
    'Cannot use TypeScript 7.0.2: it has no compiler API, expected TypeScript 5 or 6; install it beside it with: npm install --save-dev @typescript/typescript6',
  );
});
