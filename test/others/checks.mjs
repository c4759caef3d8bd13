// What the programs check with: each check prints a line, and the first that fails ends the process.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether every `ws` that is installed here is the one this run is about. */
function assertInstalled(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isDirectory() || entry.name !== 'ws') continue;
    if (!(entry.parentPath ?? entry.path).endsWith('node_modules')) continue;
    const path = join(entry.parentPath ?? entry.path, 'ws/package.json');
    assert.equal(JSON.parse(readFileSync(path, 'utf8')).name, process.env.WS_IS, path);
  }
}
assertInstalled('node_modules');

export function check(what, actual, expected) {
  assert.deepEqual(actual, expected, what);
  console.log(`ok ${what}`);
}

/** The next event's first argument. */
export function next(emitter, event) {
  return new Promise((resolve, reject) => {
    emitter.once(event, resolve);
    if (event !== 'error') emitter.once('error', reject);
  });
}

/** Listens on a free port. @returns it */
export async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.address().port;
}

/** Everything was checked: what is still open must not hold the process. */
export function done() {
  process.exit(0);
}
