import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/sources.js';

/** A block of TypeScript on a page for readers. */
export interface Block {
  /** Page and line, as an editor takes it. */
  readonly place: string;
  /**
   * What the block is marked as, behind `ts`:
   *
   * - nothing: a file, which compiles as it is pasted
   * - `fragment`: statements or classes, whose imports are left out
   * - `members`: what stands in the body of a class
   */
  readonly kind: string;
  readonly code: string;
}

/** All blocks of the README and of docs/. */
export function readBlocks(): Block[] {
  const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...pages.map((name) => `docs/${name}`)].flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(/^```ts(?: (\w+))?\n([^]*?)^```$/gm)].map((match) => ({
      place: `${page}:${text.slice(0, match.index).split('\n').length}`,
      kind: match[1] ?? '',
      code: match[2] ?? '',
    }));
  });
}
