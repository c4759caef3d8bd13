// Makes the client's one file for pages without a bundler.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param outfile below the project's folder, or absolute */
export async function bundleClient(outfile = 'dist/client/nestwire-client.js') {
  await build({
    absWorkingDir: root,
    entryPoints: ['dist/libs/client/src/index.js'],
    outfile,
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleClient();
