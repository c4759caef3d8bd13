import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { lineDifference } from '../print/line-difference.js';

/** More pairs of lines than this take too long to compare. */
const MAX_COMPARED = 20_000_000;

/** A document as the text of a file. */
interface DocumentFile {
  readonly path: string;
  readonly text: string;
}

/** @returns whether the file was written: one that says the same already is left alone */
export function writeDocument({ path, text }: DocumentFile): boolean {
  if (differenceIn({ path, text }) === undefined) return false;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return true;
}

/** What is different in a file, line by line; `undefined` when nothing is. JSON may be formatted in any way. */
export function differenceIn({ path, text }: DocumentFile): string | undefined {
  const before = normal(textOf(path) ?? '');
  const after = normal(text);
  if (before === after) return undefined;
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  if (old.length * fresh.length <= MAX_COMPARED) return lineDifference(before, after);
  const first = fresh.findIndex((line, index) => line !== old[index]);
  return `  ... from line ${first + 1} on\n- ${old[first] ?? ''}\n+ ${fresh[first] ?? ''}`;
}

function normal(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text.trimEnd();
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
