// Bundles the page of a sample that is written in React: sample/<name>/page/main.tsx becomes one script.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const libs = join(root, 'libs');

/** @param outfile where it is written: `page.js` of the public folder that is served */
export async function bundlePage(name, outfile) {
  await build({
    absWorkingDir: root,
    entryPoints: [join(root, 'sample', name, 'page/main.tsx')],
    outfile,
    // From the sources: nothing has to be built before.
    alias: {
      '#client': join(libs, 'client/src/index.ts'),
      'nestwire/client': join(libs, 'client/src/index.ts'),
      'nestwire/react': join(libs, 'react/src/index.ts'),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    tsconfigRaw: {},
    logLevel: 'warning',
  });
}
