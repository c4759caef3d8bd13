// Runs one of the apps in sample/: `npm run sample 02-chat`.
//
// The compiled sample is loaded into this very process, so whatever started the script (npm, a
// shell, a process manager) signals the app itself and gets its exit code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleClient } from './bundle-client.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where a sample starts; sample/shared, which is none, has no such file. */
const main = (name) => join(root, 'sample', name, 'src/main.ts');

function samples() {
  return readdirSync(join(root, 'sample'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(main(entry.name)))
    .map((entry) => entry.name)
    .sort();
}

function compilerPath() {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc');
  } catch {
    console.error('Cannot find the TypeScript compiler: run npm ci first');
    return process.exit(1);
  }
}

/** Milliseconds after which somebody who sees nothing wonders whether anything happens. */
const PATIENCE = 1_000;

/** Compiles the library and the samples into dist/. Does nothing in well under a second when nothing changed. */
async function compile() {
  const compiled = existsSync(join(root, 'dist/tsconfig.sample.tsbuildinfo'));
  const telling = setTimeout(
    console.log,
    compiled ? PATIENCE : 0,
    'Compiling the library and the samples ...',
  );
  // Both projects keep their build state inside dist/, so removing dist/ never leaves a state
  // behind that claims everything is compiled, and `nest build` shares the library's.
  const tsc = spawn(process.execPath, [compilerPath(), '-b', 'tsconfig.sample.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  const [status, signal] = await once(tsc, 'exit');
  clearTimeout(telling);
  if (status === 0) return;
  if (signal !== null)
    console.error(`Cannot compile the samples: the compiler ended with ${signal}`);
  process.exit(status ?? 1);
}

/** Pages and other files the compiler does not carry over. */
function copyAssets(name) {
  const assets = join(root, 'sample', name, 'public');
  if (existsSync(assets)) {
    cpSync(assets, join(root, 'dist/sample', name, 'public'), { recursive: true });
  }
}

/**
 * npm passes a SIGTERM on to the shell between itself and this process, and the shell dies of it
 * without a word to us: the app would go on holding its port. Losing the parent is the signal then.
 */
function endWithParent() {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, 250).unref();
}

const name = process.argv[2];
const known = samples();
if (!known.includes(name)) {
  const problem =
    name === undefined ? 'Which sample?' : `Cannot find the sample: current value is ${name}`;
  console.error(`${problem}\n\nSamples:\n${known.map((sample) => `  ${sample}`).join('\n')}`);
  console.error(`\nRun one with: npm run sample ${known[0] ?? '<name>'}`);
  process.exit(2);
}

await compile();
copyAssets(name);
copyAssets('shared');
// The pages have no bundler of their own: they import it as one file.
await bundleClient('dist/sample/shared/public/nestwire-client.js');
if (existsSync(join(root, 'sample', name, 'page/main.tsx'))) {
  const { bundlePage } = await import('./bundle-page.mjs');
  await bundlePage(name, join(root, 'dist/sample', name, 'public/page.js'));
}
if (process.env.npm_lifecycle_event !== undefined) endWithParent();
await import(pathToFileURL(join(root, 'dist/sample', name, 'src/main.js')).href);
