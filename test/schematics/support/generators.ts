import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../../support/sources.js';

const CACHE = join(ROOT, 'node_modules/.cache');
const ENTRY = `
export { nestAdd } from './libs/schematics/src/nest-add/nest-add.ts';
export { gateway } from './libs/schematics/src/gateway/gateway.ts';
export { contract } from './libs/schematics/src/contract/contract.ts';
`;

export interface Generated {
  /** By path, from the root of the application. */
  files: Record<string, string>;
  /** Lines for the terminal. */
  said: string[];
  /** Installations that were asked for. */
  tasks: number;
}

/** The generators, in a process of their own. */
export class Generators {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(): Promise<Generators> {
    // Below the packages that they import.
    mkdirSync(CACHE, { recursive: true });
    const folder = mkdtempSync(join(CACHE, 'generators-'));
    const outfile = join(folder, 'generators.mjs');
    await build({
      stdin: { contents: ENTRY, resolveDir: ROOT },
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      outfile,
      logLevel: 'silent',
    });
    const child = fork(join(ROOT, 'test/schematics/support/host.mjs'), [outfile], { execArgv: [] });
    await once(child, 'message');
    return new Generators(child, folder);
  }

  /** @throws {Error} with the message of a generator that throws */
  async run(
    files: Readonly<Record<string, string>>,
    generator: 'nestAdd' | 'gateway' | 'contract',
    options: object,
  ): Promise<Generated> {
    const answered = once(this.child, 'message') as Promise<[Generated | { error: string }]>;
    this.child.send({ files, generator, options });
    const [answer] = await answered;
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }

  async stop(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
