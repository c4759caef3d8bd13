import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/sources.js';

const FOLDER = join(ROOT, 'test/fuzz/corpus');

/** Inputs of a target that were found worth keeping, by the names of their files. */
export function readCorpus(target: string): { name: string; input: Buffer }[] {
  const folder = join(FOLDER, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, input: readFileSync(join(folder, name)) }));
}

/** @param kind `crash` for what broke an invariant, `seed` for what only ran something new */
export function keepInput(target: string, kind: 'crash' | 'seed', input: Buffer): string {
  const name = `${kind}-${createHash('sha256').update(input).digest('hex').slice(0, 12)}.bin`;
  mkdirSync(join(FOLDER, target), { recursive: true });
  writeFileSync(join(FOLDER, target, name), input);
  return `test/fuzz/corpus/${target}/${name}`;
}
