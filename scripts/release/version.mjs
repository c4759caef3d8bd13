// Which version comes next, by what the commits since the last one say they do.

const COMMIT = /^(?<type>[a-z]+)(?:\([^)]*\))?(?<breaks>!)?: /;
const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;

/** @param commits whole messages. @returns 'major', 'minor', 'patch', or null when nothing that is published changed */
export function bumpOf(commits) {
  let bump = null;
  for (const message of commits) {
    const { type, breaks } = COMMIT.exec(message)?.groups ?? {};
    if (breaks !== undefined || /^BREAKING[ -]CHANGE: /m.test(message)) return 'major';
    if (type === 'feat') bump = 'minor';
    else if (type === 'fix' || type === 'perf') bump ??= 'patch';
  }
  return bump;
}

/** Before 1.0 a minor version may break, and what adds is a patch as well as a minor: it is a minor here. */
export function nextVersion(current, bump) {
  const parts = VERSION.exec(current)?.slice(1).map(Number);
  if (parts === undefined) {
    throw new Error(
      `Cannot raise the version: three numbers are expected, current value is ${current}`,
    );
  }
  const [major, minor, patch] = parts;
  if (bump === 'major' && major > 0) return `${major + 1}.0.0`;
  if (bump === 'patch') return `${major}.${minor}.${patch + 1}`;
  return `${major}.${minor + 1}.0`;
}

/** Whether `next` is a version that comes after `current`. */
export function comesAfter(next, current) {
  const [left, right] = [next, current].map((one) => VERSION.exec(one)?.slice(1).map(Number));
  if (left === undefined || right === undefined) return false;
  const at = left.findIndex((part, index) => part !== right[index]);
  return at >= 0 && left[at] > right[at];
}
