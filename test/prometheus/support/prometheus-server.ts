import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../cluster/support/debian-program.js';
import { freePort } from '../../support/free-port.js';

/** One series of an answer. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds, and the number as text. */
  readonly value: readonly [number, string];
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A Prometheus of its own on 127.0.0.1 that scrapes one target each second. */
export class PrometheusServer {
  readonly #url: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(port: number, folder: string, child: ChildProcess) {
    this.#url = `http://127.0.0.1:${port}`;
    this.#folder = folder;
    this.#process = child;
  }

  /** @param target host and port. Settles when it answers. */
  static async start(target: string): Promise<PrometheusServer> {
    const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), 'nestwire-prometheus-'))];
    const config = join(folder, 'prometheus.yml');
    const job = { job_name: 'nestwire', static_configs: [{ targets: [target] }] };
    // JSON is YAML.
    const global = { scrape_interval: '1s', scrape_timeout: '1s' };
    writeFileSync(config, JSON.stringify({ global, scrape_configs: [job] }));
    const child = spawn(
      findProgram('prometheus'),
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    running.add(child);
    child.once('exit', () => running.delete(child));
    const server = new PrometheusServer(port, folder, child);
    await server.#ready();
    return server;
  }

  /** What a query comes to now. @throws {Error} what Prometheus says of a query that is wrong */
  async ask(query: string): Promise<Series[]> {
    const answer = await fetch(`${this.#url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { status, data, error } = (await answer.json()) as {
      status: string;
      data?: { result: Series[] };
      error?: string;
    };
    if (status !== 'success' || data === undefined) throw new Error(`${query}: ${error}`);
    return data.result;
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    let log = '';
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      log += String(chunk);
    });
    for (;;) {
      if (this.#process.exitCode !== null) throw new Error(`Cannot start prometheus:\n${log}`);
      const answer = await fetch(`${this.#url}/-/ready`).catch(() => undefined);
      if (answer?.ok === true) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
