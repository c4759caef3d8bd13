import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { freePort } from '../../support/free-port.js';
import { findProgram } from './debian-program.js';

export interface RedisServerOptions {
  /** Lines of its configuration, as words of the command line: `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[];
  /** Default one that is free. */
  readonly port?: number;
  /** Runs as a Sentinel with this configuration file. */
  readonly sentinel?: string;
}

/** A redis-server of its own on 127.0.0.1, without persistence. */
export class RedisServer {
  readonly port: number;
  readonly #options: RedisServerOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'nestwire-redis-'));
  #process: ChildProcess | undefined;

  private constructor(port: number, options: RedisServerOptions) {
    this.port = port;
    this.#options = options;
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(options.port ?? (await freePort()), options);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** A folder that goes with it. */
  get folder(): string {
    return this.#folder;
  }

  /** Starts it, again after `kill`: it is empty then. */
  async start(): Promise<void> {
    const { args = [], sentinel } = this.#options;
    const words =
      sentinel === undefined
        ? ['--save', '', '--appendonly', 'no', '--dir', this.#folder, '--bind', '127.0.0.1']
        : [sentinel, '--sentinel', '--dir', this.#folder, '--bind', '127.0.0.1'];
    const process = spawn(
      findProgram('redis-server'),
      [...words, ...(args.includes('--port') ? [] : ['--port', String(this.port)]), ...args],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#process = process;
    running.add(process);
    let log = '';
    await new Promise<void>((resolve, reject) => {
      process.once('error', reject);
      process.once('exit', (code) =>
        reject(new Error(`Cannot start redis-server: it ended with ${code}\n${log}`)),
      );
      process.stdout.on('data', (chunk: Buffer) => {
        log += String(chunk);
        if (/Ready to accept connections|Sentinel ID is/.test(log)) resolve();
      });
    });
    process.once('exit', () => running.delete(process));
  }

  /** SIGKILL: its connections end, its data is gone. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const gone = once(process, 'exit');
    process.kill('SIGKILL');
    await gone;
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
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Sends one command over a connection of its own. */
  async command(...words: string[]): Promise<unknown> {
    const [reply] = await this.commands([words]);
    return reply;
  }

  async commands(all: readonly string[][]): Promise<unknown[]> {
    const client = createClient({ url: this.url, socket: { reconnectStrategy: false } });
    client.on('error', () => {});
    await client.connect();
    try {
      const replies: unknown[] = [];
      for (const words of all) replies.push(await client.sendCommand(words));
      return replies;
    } finally {
      client.destroy();
    }
  }

  /** Ends the connections whose name begins so, of one type: `normal` or `pubsub`. */
  async killClients(name: string, type: 'normal' | 'pubsub'): Promise<number> {
    const list = String(await this.command('CLIENT', 'LIST', 'TYPE', type));
    const ids = list
      .split('\n')
      .filter((line) => line.includes(` name=${name}`))
      .map((line) => /id=(\d+)/.exec(line)?.[1] ?? '');
    // One may have gone with another by now.
    for (const id of ids) await this.command('CLIENT', 'KILL', 'ID', id).catch(() => {});
    return ids.length;
  }
}

/** A server that only serves: REDIS_URL if set, else one of its own. Apps of tests do not meet on it. */
export async function anyRedis(): Promise<{ url: string; stop: () => Promise<void> }> {
  const url = process.env['REDIS_URL'];
  if (url) return { url, stop: async () => {} };
  const server = await RedisServer.start();
  return { url: server.url, stop: () => server.stop() };
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
