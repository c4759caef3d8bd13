import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { ROOT } from './sources.js';
import { TranslatedBuild } from './translated-build.js';

/** Milliseconds a sample has to start, on a machine that is busy with other tests. */
const PATIENCE = 30_000;

/**
 * The library and one sample as JavaScript, for processes without a test runner: what runs is what is in
 * the sources, and no older build, nor one that is just being made anew.
 */
export class TranslatedSample {
  readonly #name: string;
  readonly #build: TranslatedBuild;

  constructor(name: string) {
    this.#name = name;
    this.#build = new TranslatedBuild('sample', ['src', 'libs', 'sample/shared', `sample/${name}`]);
    this.#bundleClient();
  }

  /** Inside of the repository, where packages are found. */
  get folder(): string {
    return this.#build.folder;
  }

  /** Runs it as `npm run sample` does. @param words of the command line */
  run(...words: string[]): Promise<RunningSample> {
    const main = join(this.folder, 'dist/sample', this.#name, 'src/main.js');
    return RunningSample.start([main, ...words], this.folder);
  }

  remove(): void {
    this.#build.remove();
  }

  /** The file of the client that pages import, as `npm run sample` makes it. */
  #bundleClient(): void {
    buildSync({
      entryPoints: [join(this.folder, 'dist/libs/client/src/index.js')],
      outfile: join(this.folder, 'dist/sample/shared/public/nestwire-client.js'),
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      logLevel: 'error',
    });
  }
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A sample in processes of its own. */
export class RunningSample {
  readonly #child: ChildProcess;
  #url = '';
  #said = '';

  private constructor(words: readonly string[], folder: string) {
    this.#child = spawn(process.execPath, words, {
      cwd: ROOT,
      // What it leaves behind is found, and goes with the rest.
      env: { ...process.env, PORT: '0', NO_COLOR: '1', TMPDIR: folder, REDIS_URL: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this.#child);
    this.#child.once('exit', () => running.delete(this.#child));
  }

  /** Settles when it says where it is. */
  static async start(words: readonly string[], folder: string): Promise<RunningSample> {
    const sample = new RunningSample(words, folder);
    await sample.#started();
    return sample;
  }

  get url(): string {
    return this.#url;
  }

  /** Everything it has written. */
  get said(): string {
    return this.#said;
  }

  /** Ends it as Ctrl-C does. @returns its exit code */
  async end(): Promise<number | null> {
    return this.#endWith('SIGINT');
  }

  async kill(): Promise<void> {
    await this.#endWith('SIGKILL');
  }

  async #endWith(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'exit');
      this.#child.kill(signal);
      await gone;
    }
    return this.#child.exitCode;
  }

  #started(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error(`Cannot start the sample:\n${this.#said}`));
      const timer = setTimeout(fail, PATIENCE);
      this.#child.once('exit', fail);
      for (const output of [this.#child.stdout, this.#child.stderr]) {
        output?.on('data', (chunk: Buffer) => {
          this.#said += String(chunk);
          const url = /http:\/\/localhost:(\d+)/.exec(this.#said);
          if (url === null) return;
          clearTimeout(timer);
          this.#url = `http://127.0.0.1:${url[1]}/`;
          resolve();
        });
      }
    });
  }
}
