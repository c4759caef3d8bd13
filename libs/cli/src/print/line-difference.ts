/** Lines around a change that are shown with it. */
const CONTEXT = 2;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** What changes between two texts, line by line: `-` for what goes, `+` for what comes. */
export function lineDifference(before: string, after: string): string {
  const lines = compare(before.split('\n'), after.split('\n'));
  const isShown = lines.map((_line, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ mark }) => mark !== ' '),
  );
  const shown: string[] = [];
  lines.forEach(({ mark, text }, index) => {
    if (isShown[index] === true) shown.push(`${mark} ${text}`.trimEnd());
    else if (isShown[index - 1] === true) shown.push('  ...');
  });
  return shown.join('\n');
}

/** By the longest common subsequence of what is between the equal ends. */
function compare(before: readonly string[], after: readonly string[]): Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < Math.min(before.length, after.length) - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  ) {
    end++;
  }
  return [
    ...before.slice(0, start).map(same),
    ...changes(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

function same(text: string): Line {
  return { mark: ' ', text };
}

function changes(before: readonly string[], after: readonly string[]): Line[] {
  const common = commonLengths(before, after);
  const at = (row: number, column: number): number => common[row]?.[column] ?? 0;
  const lines: Line[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const old = before[row];
    const fresh = after[column];
    if (old !== undefined && old === fresh) {
      lines.push({ mark: ' ', text: old });
      row++;
      column++;
    } else if (
      old !== undefined &&
      (fresh === undefined || at(row + 1, column) >= at(row, column + 1))
    ) {
      lines.push({ mark: '-', text: old });
      row++;
    } else if (fresh !== undefined) {
      lines.push({ mark: '+', text: fresh });
      column++;
    }
  }
  return lines;
}

/** By row and column: how many lines the rests have in common. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array[] {
  const table = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      const line = table[row];
      const below = table[row + 1];
      if (line === undefined || below === undefined) continue;
      line[column] =
        before[row] === after[column]
          ? (below[column + 1] ?? 0) + 1
          : Math.max(below[column] ?? 0, line[column + 1] ?? 0);
    }
  }
  return table;
}
