import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.js';
import { findProgram } from './debian-program.js';

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

interface NatsServerOptions {
  /** Default true. */
  readonly jetstream?: boolean;
  /** Words of its command line. */
  readonly args?: readonly string[];
}

/** A nats-server of its own on 127.0.0.1, with JetStream in a folder that goes with it. */
export class NatsServer {
  readonly port: number;
  readonly folder = mkdtempSync(join(tmpdir(), 'nestwire-nats-'));
  readonly #options: NatsServerOptions;
  /** What it has written so far, all its starts together. */
  log = '';
  #process: ChildProcess | undefined;

  private constructor(port: number, options: NatsServerOptions) {
    this.port = port;
    this.#options = options;
  }

  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), options);
    await server.start();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Starts it, again after `kill`; what its streams keep in files is there then. */
  async start(): Promise<void> {
    const { jetstream = true, args = [] } = this.#options;
    const words = ['-a', '127.0.0.1', '-p', String(this.port)];
    if (jetstream) words.push('-js', '-sd', join(this.folder, 'streams'));
    const child = spawn(findProgram('nats-server'), [...words, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    running.add(child);
    const before = this.log.length;
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) =>
        reject(new Error(`Cannot start nats-server: it ended with ${code}\n${this.log}`)),
      );
      child.stderr.on('data', (chunk: Buffer) => {
        this.log += String(chunk);
        if (this.log.includes('Server is ready', before)) resolve();
      });
    });
    child.once('exit', () => running.delete(child));
  }

  /** SIGKILL: its connections end. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Forgets what its streams keep; while it is killed. */
  empty(): void {
    rmSync(join(this.folder, 'streams'), { recursive: true, force: true });
  }

  /** SIGSTOP: it answers no more, and closes nothing. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Kills it and removes what it left. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
