import { join } from 'node:path';
import { build } from 'esbuild';
import type { BrowserContext } from 'playwright-core';
import { ROOT } from './sources.js';

const CLIENT = join(ROOT, 'libs/client/src');

/**
 * A program that imports `nestwire/client`, as one module for pages and workers: bundled and minified by
 * esbuild from the sources, so that nothing has to be built before.
 *
 * @param source TypeScript
 */
export async function bundleForBrowser(source: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    stdin: { contents: source, resolveDir: ROOT, loader: 'ts' },
    alias: {
      'nestwire/client/msgpack': join(CLIENT, 'msgpack.ts'),
      'nestwire/client': join(CLIENT, 'index.ts'),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  return outputFiles.map(({ text }) => text).join('');
}

/**
 * Answers pages of samples that ask for the client: `npm run sample` makes that file, an application that is
 * started by a test has none.
 */
export async function serveClient(context: BrowserContext): Promise<void> {
  await context.route('**/assets/shared/public/nestwire-client.js', async (route) => {
    bundle ??= bundleForBrowser("export * from 'nestwire/client';");
    await route.fulfill({ contentType: 'text/javascript', body: await bundle });
  });
}

let bundle: Promise<string> | undefined;
