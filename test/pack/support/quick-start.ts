import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/sources.js';

/** The first block of a language in the README, which is the one a newcomer pastes. */
export function readmeBlock(language: 'ts' | 'js'): string {
  return firstBlock('README.md', language);
}

/** The first block of a language on a page. */
export function firstBlock(page: string, language: string): string {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(text)?.[1];
  if (block === undefined) throw new Error(`Cannot find a ${language} block in ${page}`);
  return block;
}
