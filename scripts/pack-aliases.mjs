// Packs the packages that stand in the place of `ws` and `websocket`, of the sources as they are: `npm run
// pack:aliases`, `-- FOLDER` for where to, else dist/aliases. Each prints the path of its tarball.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWebSocketNode, bundleWs } from './bundle-commonjs.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = resolve(process.argv[2] ?? join(root, 'dist/aliases'));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** Each package, and what it carries. */
const ALIASES = { 'ws-alias': bundleWs, 'websocket-alias': bundleWebSocketNode };

mkdirSync(target, { recursive: true });
for (const [name, bundle] of Object.entries(ALIASES)) {
  const folder = mkdtempSync(join(tmpdir(), 'nestwire-alias-'));
  try {
    await bundle(folder);
    cpSync(join(root, 'packages', name), folder, { recursive: true });
    cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    // Of what it carries, so that a report names it.
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version }, null, 2));
    const args = ['pack', '--json', '--pack-destination', target];
    const report = execFileSync('npm', args, { cwd: folder, encoding: 'utf8' });
    console.log(join(target, JSON.parse(report)[0].filename));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
