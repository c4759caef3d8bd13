// Bundles the page of the inspector: src/inspector/page becomes one script and one style sheet.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param outdir where the module looks for them: `assets` beside it */
export async function bundleInspector(outdir = 'dist/src/inspector/assets') {
  await build({
    absWorkingDir: root,
    entryPoints: ['main.ts', 'inspector.css'].map((name) => ({
      in: join(root, 'src/inspector/page', name),
      out: 'inspector',
    })),
    outdir,
    // From the sources: nothing has to be built before.
    alias: { 'nestwire/client': join(root, 'libs/client/src/index.ts') },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    tsconfigRaw: {},
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleInspector();
