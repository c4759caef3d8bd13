import { dirname, join } from 'node:path';
import type TS from 'typescript';
import type { TypeScript } from './typescript.js';

/** Tells which package a declaration belongs to, by the `package.json` above its file. */
export class Packages {
  readonly #ts: TypeScript;
  readonly #names = new Map<string, string | undefined>();

  constructor(ts: TypeScript) {
    this.#ts = ts;
  }

  of(node: TS.Node): string | undefined {
    return this.#above(dirname(node.getSourceFile().fileName));
  }

  #above(folder: string): string | undefined {
    if (this.#names.has(folder)) return this.#names.get(folder);
    const parent = dirname(folder);
    const name = this.#nameIn(folder) ?? (parent === folder ? undefined : this.#above(parent));
    this.#names.set(folder, name);
    return name;
  }

  /** Packages have such files without a name in their folders, to say of which kind their modules are. */
  #nameIn(folder: string): string | undefined {
    const text = this.#ts.sys.readFile(join(folder, 'package.json'));
    if (text === undefined) return undefined;
    const { config } = this.#ts.parseConfigFileTextToJson('package.json', text);
    const name: unknown = config?.name;
    return typeof name === 'string' ? name : undefined;
  }
}
