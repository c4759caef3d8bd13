import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundleInspector } from '../../../scripts/bundle-inspector.mjs';
import { ROOT } from '../../support/sources.js';

const PLACE = join(ROOT, 'src/inspector/assets');
const SOURCES = ['src/inspector/page', 'libs/client/src'].map((path) => join(ROOT, path));

/** Makes the page as the build does, where the module looks for it when it runs from the sources. */
export async function makeInspectorPage(): Promise<void> {
  const made = join(PLACE, 'inspector.js');
  if (existsSync(made) && statSync(made).mtimeMs > newest()) return;
  const folder = mkdtempSync(`${PLACE}-`);
  await bundleInspector(folder);
  // Another process of the tests may make the same, or read it.
  if (existsSync(PLACE)) {
    for (const name of readdirSync(folder)) renameSync(join(folder, name), join(PLACE, name));
    rmSync(folder, { recursive: true });
  } else renameSync(folder, PLACE);
}

function newest(): number {
  const files = SOURCES.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return Math.max(...files.map((path) => statSync(path).mtimeMs));
}
