import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/sources.js';

/** A block of TypeScript on a page for readers. */
export interface Block {
  /** Page and line, as an editor takes it. */
  readonly place: string;
  /**
   * What the block is marked as, behind its language:
   *
   * - nothing: a file, which compiles as it is pasted
   * - `fragment`: statements or classes, whose imports are left out
   * - `members`: what stands in the body of a class
   */
  readonly kind: string;
  /** `tsx` for what has elements of React in it. */
  readonly language: string;
  readonly code: string;
}

/** All blocks of the README and of docs/. */
export function readBlocks(): Block[] {
  const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...pages.map((name) => `docs/${name}`)].flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(/^```(tsx?)(?: (\w+))?\n([^]*?)^```$/gm)].map((match) => ({
      place: `${page}:${text.slice(0, match.index).split('\n').length}`,
      language: match[1] ?? '',
      kind: match[2] ?? '',
      code: match[3] ?? '',
    }));
  });
}
