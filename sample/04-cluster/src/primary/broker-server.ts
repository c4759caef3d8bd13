import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BROKERS } from '../brokers.js';
import { findProgram } from './find-program.js';
import { answers, freePort } from './ports.js';

type ServerName = 'redis' | 'nats';

/** Milliseconds until a server that does not answer has failed. */
const PATIENCE = 10_000;
const KEEPER = fileURLToPath(new URL('./keeper.js', import.meta.url));

/** Words of the command line: on 127.0.0.1 alone, and nothing outside of the folder. */
const WORDS: Readonly<Record<ServerName, (port: number, folder: string) => readonly string[]>> = {
  redis: (port, folder) =>
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder] //
      .concat('--save', '', '--appendonly', 'no'),
  nats: (port, folder) => ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder],
};

/** A server of our own that is the broker. It ends with this process, however that ends. */
export class BrokerServer {
  readonly url: string;
  readonly #name: ServerName;
  readonly #port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'nestwire-sample-'));
  #keeper: ChildProcess | undefined;

  private constructor(name: ServerName, port: number) {
    this.#name = name;
    this.#port = port;
    this.url = `${name}://127.0.0.1:${port}`;
  }

  /** @throws {Error} a sentence that says what to install, or why it did not start */
  static async start(name: ServerName): Promise<BrokerServer> {
    const server = new BrokerServer(name, await freePort());
    try {
      await server.start();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get running(): boolean {
    return this.#keeper !== undefined;
  }

  async start(): Promise<void> {
    const { program } = BROKERS[this.#name];
    const words = [findProgram(program), ...WORDS[this.#name](this.#port, this.#folder)];
    // A group of its own: Ctrl-C is for us, who let the nodes say goodbye over it first.
    const keeper = spawn(process.execPath, [KEEPER, ...words], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#keeper = keeper;
    let said = '';
    for (const output of [keeper.stdout, keeper.stderr]) {
      output.on('data', (chunk: Buffer) => (said = (said + String(chunk)).slice(-2_000)));
    }
    keeper.once('exit', () => {
      if (this.#keeper === keeper) this.#keeper = undefined;
    });
    const until = Date.now() + PATIENCE;
    while (!(await answers(this.#port))) {
      if (this.#keeper !== keeper || Date.now() > until) {
        throw new Error(`Cannot start ${program}:\n${said}`);
      }
      await delay(50);
    }
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    const keeper = this.#keeper;
    if (keeper === undefined) return;
    this.#keeper = undefined;
    const gone = once(keeper, 'exit');
    keeper.stdin?.end();
    await gone;
  }

  /** Kills it and removes what it left. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
