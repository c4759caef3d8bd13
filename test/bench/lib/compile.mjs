// What has to be compiled before anything runs: the load generator and the Nest applications. Both
// are kept and only compiled again when a source is newer.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformFileSync } from '@swc/core';
import { BENCH, ROOT, stop } from './basics.mjs';

const newest = (folder) =>
  Math.max(...readdirSync(folder).map((file) => statSync(join(folder, file)).mtimeMs));
const isCurrent = (file, since) =>
  (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity) >= since;

/** Path of the load generator. */
export function compileLoad() {
  const sources = join(BENCH, 'load');
  const cache = join(ROOT, 'node_modules/.cache/nestwire-bench');
  const binary = join(cache, 'load');
  if (isCurrent(binary, newest(sources))) return binary;
  mkdirSync(cache, { recursive: true });
  const compiler = spawnSync(
    'g++',
    ['-O2', '-std=c++17', '-Wall', '-Wextra', '-o', binary, join(sources, 'main.cc')],
    { stdio: 'inherit' },
  );
  if (compiler.error) stop('g++ is missing, which compiles the load generator');
  if (compiler.status !== 0) stop('the load generator does not compile');
  return binary;
}

/** Puts the Nest applications of the benchmark into the dist/ of a build. */
export const compileApps = (build) => compileInto(build, 'test/bench/servers');

/**
 * Puts what is TypeScript in a folder of this repository into the dist/ of a build, where it finds its
 * `nestwire` by name. Without type checks, which `npm run typecheck` makes.
 */
export function compileInto(build, folder) {
  const sources = join(ROOT, folder);
  const target = join(build, 'dist', folder);
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(sources).filter((file) => file.endsWith('.ts'))) {
    const file = join(target, name.replace(/ts$/, 'js'));
    if (isCurrent(file, statSync(join(sources, name)).mtimeMs)) continue;
    const { code } = transformFileSync(join(sources, name), {
      swcrc: false,
      jsc: {
        target: 'es2023',
        parser: { syntax: 'typescript', decorators: true },
        transform: {
          legacyDecorator: true,
          decoratorMetadata: true,
          useDefineForClassFields: false,
        },
        keepClassNames: true,
      },
      module: { type: 'es6' },
    });
    writeFileSync(file, code);
  }
}
