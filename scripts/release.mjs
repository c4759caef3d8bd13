// Makes a version, in the order that fails fastest.
//
//   npm run release -- --dry-run          everything but what changes something: no file, commit, tag or upload
//   npm run release                       writes version and changelog, commits them and sets the tag, to be pushed by hand
//   npm run release -- --version 1.0.0    this version, instead of the one the commits since the last ask for
//   npm run release -- --publish          publishes the commit whose tag it is, with provenance: what the workflow calls
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { release } from './release/changelog.mjs';
import { tryOut } from './release/try-out.mjs';
import { bumpOf, comesAfter, nextVersion } from './release/version.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => readFileSync(join(root, path), 'utf8');
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const npm = (...args) => execFileSync('npm', args, { cwd: root, stdio: 'inherit' });

try {
  const { values: options } = parseArgs({
    options: {
      'dry-run': { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
      version: { type: 'string' },
    },
  });
  if (options.publish) publish(options['dry-run']);
  else prepare(options);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/** Version, changelog, commit and tag. */
function prepare({ 'dry-run': dry, version: wanted }) {
  const changed = git('status', '--porcelain');
  if (changed !== '') throw new Error(`Cannot release: files are not committed\n${changed}`);
  const { version: current } = JSON.parse(read('package.json'));
  const last = git('tag', '--list', 'v*', '--sort=-version:refname').split('\n')[0];
  const range = last === '' ? 'HEAD' : `${last}..HEAD`;
  const commits = git('log', '--format=%B%x00', range)
    .split('\0')
    .map((one) => one.trim());
  const version = chooseVersion(wanted, current, last, commits);
  const day = new Date().toISOString().slice(0, 10);
  const { notes, text } = release(read('CHANGELOG.md'), version, day);
  say(
    'version',
    `${last === '' ? 'none' : current} -> ${version}, ${commits.length} commits since ${last || 'the beginning'}`,
  );
  say(
    'changelog',
    `${notes.split('\n').filter((line) => line.startsWith('- ')).length} entries get the day ${day}`,
  );
  check(version);
  if (dry) {
    say('tag', `v${version} would be set; nothing was changed`);
    return;
  }
  writeFileSync(join(root, 'CHANGELOG.md'), text);
  npm('version', version, '--no-git-tag-version', '--allow-same-version');
  git('commit', '--all', '--message', `chore: version ${version}`);
  git('tag', '--annotate', `v${version}`, '--message', notes);
  say('tag', `v${version} is set: git push --follow-tags publishes it`);
}

function chooseVersion(wanted, current, last, commits) {
  // Nothing was published yet: the version that stands there is the first.
  if (wanted === undefined && last === '') return current;
  if (wanted !== undefined) {
    if (comesAfter(wanted, current) || (last === '' && wanted === current)) return wanted;
    throw new Error(
      `Cannot release: a version after ${current} is expected, current value is ${wanted}`,
    );
  }
  const bump = bumpOf(commits);
  if (bump === null) throw new Error(`Cannot release: nothing since ${last} is feat, fix or perf`);
  return nextVersion(current, bump);
}

/** Packed, looked at by publint and attw, and tried on every Node. */
function check(version) {
  npm('run', 'build');
  npm('run', 'check:package');
  const folder = mkdtempSync(join(tmpdir(), 'nestwire-release-'));
  try {
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
    const report = execFileSync('npm', args, { cwd: root, encoding: 'utf8' });
    const [{ filename, size, entryCount }] = JSON.parse(report);
    say('pack', `${filename} for ${version}: ${entryCount} files, ${Math.round(size / 1024)} KiB`);
    for (const line of tryOut(join(folder, filename), folder)) say('try', line);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function publish(dry) {
  const { version } = JSON.parse(read('package.json'));
  const tags = git('tag', '--points-at', 'HEAD').split('\n');
  if (!tags.includes(`v${version}`)) {
    throw new Error(
      `Cannot publish ${version}: the tag v${version} is expected at this commit, it has ${tags.join(', ') || 'none'}`,
    );
  }
  check(version);
  npm(
    'publish',
    '--ignore-scripts',
    '--provenance',
    '--access',
    'public',
    ...(dry ? ['--dry-run'] : []),
  );
}

function say(step, what) {
  console.log(`${step.padEnd(10)} ${what}`);
}
