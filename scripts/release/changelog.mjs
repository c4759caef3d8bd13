// The changelog of a release: what stood under "Unreleased" gets the version's name and its day.

const UNRELEASED = '## [Unreleased]\n';

/** What stands under a heading, up to the next version's. */
function sectionAt(text, start) {
  const end = text.indexOf('\n## [', start);
  return text.slice(start, end < 0 ? undefined : end + 1);
}

/**
 * @returns the changelog with an empty "Unreleased", and the notes of the version
 * @throws {Error} when there is nothing to release, or the version is there already
 */
export function release(text, version, day) {
  const at = text.indexOf(UNRELEASED);
  if (at < 0) throw new Error('Cannot release: the changelog has no heading "## [Unreleased]"');
  if (text.includes(`\n## [${version}]`)) {
    throw new Error(`Cannot release: the changelog has ${version} already`);
  }
  const notes = sectionAt(text, at + UNRELEASED.length).trim();
  if (notes === '') throw new Error('Cannot release: nothing stands under "## [Unreleased]"');
  const after = text.slice(at + UNRELEASED.length);
  return { notes, text: `${text.slice(0, at)}${UNRELEASED}\n## [${version}] - ${day}\n${after}` };
}
