/** The part of a name that may be wrong: one character of three, and of shorter names one. */
const TOLERANCE = 1 / 3;

/**
 * The known name that a misspelt one most likely stands for; upper and lower case are the same.
 * @returns undefined when none is near: a wrong guess costs more time than none
 */
export function nearestName(given: string, known: Iterable<string>): string | undefined {
  const wanted = given.toLowerCase();
  let nearest: string | undefined;
  let least = Infinity;
  for (const name of known) {
    const bound = Math.max(1, Math.floor(Math.max(wanted.length, name.length) * TOLERANCE));
    // Two short names have nothing in common when every character of one would be wrong.
    const most = Math.min(bound, name.length - 1, wanted.length - 1);
    // Each character too many is a mistake; this also spares looking at a name of any length.
    if (Math.abs(name.length - wanted.length) > most) continue;
    const mistakes = distance(wanted, name.toLowerCase());
    if (mistakes > most || mistakes >= least) continue;
    nearest = name;
    least = mistakes;
  }
  return nearest;
}

/**
 * Damerau-Levenshtein distance (optimal string alignment): characters left out, added, changed or
 * swapped with their neighbour.
 */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const changed = at(last, column - 1) + (same ? 0 : 1);
      let mistakes = Math.min(at(last, column) + 1, at(line, column - 1) + 1, changed);
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) mistakes = Math.min(mistakes, at(before, column - 2) + 1);
      line.push(mistakes);
    }
    before = last;
    last = line;
  }
  return at(last, b.length);
}

function at(line: readonly number[], column: number): number {
  return line[column]!;
}
