// Makes the client's one file for pages without a bundler: dist/client/nestwire-client.js.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

await build({
  absWorkingDir: root,
  entryPoints: ['dist/libs/client/src/index.js'],
  outfile: 'dist/client/nestwire-client.js',
  bundle: true,
  minify: true,
  sourcemap: 'linked',
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  logLevel: 'warning',
});
