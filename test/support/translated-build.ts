import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { transformSync } from '@swc/core';
import { ROOT } from './sources.js';

/**
 * Parts of the repository as JavaScript in a folder of their own, for processes without a test runner: what
 * runs is what is in the sources, and no older build, nor one that is just being made anew.
 */
export class TranslatedBuild {
  /** Inside of the repository, where packages are found. */
  readonly folder: string;

  /** @param purpose the beginning of the folder's name */
  constructor(purpose: string, parts: readonly string[]) {
    const cache = join(ROOT, 'node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    // As its processes know it.
    this.folder = mkdtempSync(join(realpathSync(cache), `${purpose}-`));
    cpSync(join(ROOT, 'package.json'), join(this.folder, 'package.json'));
    for (const part of parts) this.#translate(part);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #translate(part: string): void {
    const from = join(ROOT, part);
    for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
      const target = join(this.folder, 'dist', relative(ROOT, from), name);
      if (/\.(html|css|js)$/.test(name)) {
        mkdirSync(dirname(target), { recursive: true });
        cpSync(join(from, name), target);
      }
      if (!name.endsWith('.ts') || name.endsWith('.spec.ts')) continue;
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target.replace(/\.ts$/, '.js'), javaScript(join(from, name)));
    }
  }
}

function javaScript(path: string): string {
  return transformSync(readFileSync(path, 'utf8'), {
    filename: path,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      keepClassNames: true,
    },
    module: { type: 'es6' },
  }).code;
}
