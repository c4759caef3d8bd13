// Makes the one-file CommonJS entries, each of the sources: `nestwire/ws` with what stands around its file, and the
// one that the package in the place of `websocket` carries.
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** The names of layers, as sources: what package.json says of them is what was built. */
const sources = Object.fromEntries(
  Object.entries(imports)
    .filter(([, built]) => typeof built === 'string')
    .map(([name, built]) => [name, join(root, built.replace('/dist/', '/').replace(/js$/, 'ts'))]),
);

async function bundle(entry, outfile) {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    alias: sources,
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

/** @param folder what is in it is removed */
export async function bundleWs(folder) {
  rmSync(folder, { recursive: true, force: true });
  await bundle('libs/ws/src/index.ts', join(folder, 'index.cjs'));
  cpSync(join(root, 'libs/ws/package'), folder, { recursive: true });
}

/** @param folder what is in it is removed */
export async function bundleWebSocketNode(folder) {
  rmSync(folder, { recursive: true, force: true });
  await bundle('libs/websocket-node/src/index.ts', join(folder, 'index.cjs'));
  await bundle('libs/websocket-node/src/browser.ts', join(folder, 'browser.cjs'));
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  await bundleWs(join(root, 'dist/ws'));
}
