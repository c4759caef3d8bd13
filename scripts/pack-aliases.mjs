// Packs the packages that stand in the place of `ws` and `websocket`, with the last build in them: `npm run
// pack:aliases`, `-- FOLDER` for where to, else dist/aliases. Each prints the path of its tarball.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = resolve(process.argv[2] ?? join(root, 'dist/aliases'));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** Each package, and the folder of the build it carries. */
const ALIASES = { 'ws-alias': 'dist/ws', 'websocket-alias': 'dist/websocket-node' };

mkdirSync(target, { recursive: true });
for (const [name, built] of Object.entries(ALIASES)) {
  if (!existsSync(join(root, built, 'index.cjs'))) {
    console.error(`Cannot pack ${name}: there is no ${built}/index.cjs, run npm run build first`);
    process.exit(1);
  }
  const folder = mkdtempSync(join(tmpdir(), 'nestwire-alias-'));
  try {
    cpSync(join(root, built), folder, { recursive: true });
    cpSync(join(root, 'packages', name), folder, { recursive: true });
    cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    // Of what it carries, so that a report names it.
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version }, null, 2));
    const report = execFileSync('npm', ['pack', '--json', '--pack-destination', target], {
      cwd: folder,
      encoding: 'utf8',
    });
    console.log(join(target, JSON.parse(report)[0].filename));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
