// Makes the one-file CommonJS entries: `nestwire/ws`, with what stands around its file, and the one that the
// package in the place of `websocket` carries.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

async function bundle(entry, outfile) {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    sourcemap: 'linked',
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    // What `require` gives is what `import` gives as the default: of ws the class itself.
    footer: { js: 'module.exports = module.exports.default;' },
    logLevel: 'warning',
  });
}

for (const folder of ['dist/ws', 'dist/websocket-node']) {
  rmSync(join(root, folder), { recursive: true, force: true });
}
await bundle('dist/libs/ws/src/index.js', 'dist/ws/index.cjs');
cpSync(join(root, 'libs/ws/package'), join(root, 'dist/ws'), { recursive: true });
await bundle('dist/libs/websocket-node/src/index.js', 'dist/websocket-node/index.cjs');
await bundle('dist/libs/websocket-node/src/browser.js', 'dist/websocket-node/browser.cjs');
