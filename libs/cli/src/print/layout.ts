/** Columns of a line, as formatters have by default. */
const WIDTH = 80;

const STEP = '  ';

export function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, STEP);
}

/** Whether a text stands on one line that begins at a column. */
export function fits(text: string, column: number): boolean {
  return !text.includes('\n') && column + text.length <= WIDTH;
}
