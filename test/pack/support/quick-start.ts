import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/sources.js';

/** The first block of a language in the README, which is the one a newcomer pastes. */
export function readmeBlock(language: 'ts' | 'js'): string {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(readme)?.[1];
  if (block === undefined) throw new Error(`Cannot find a ${language} block in README.md`);
  return block;
}
