import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocketServerOptions } from 'nestwire/engine';
import { transpileEngine } from './transpiled-engine.js';

const SERVER = fileURLToPath(new URL('./echo-server.mjs', import.meta.url));

/** What the server's process has at one moment, after a garbage collection. Bytes and milliseconds. */
export interface Stats {
  /** Heap and what is outside of it: message buffers, zlib states. */
  readonly held: number;
  readonly rss: number;
  /** The most RSS it ever had. */
  readonly peak: number;
  readonly cpu: number;
  readonly connections: number;
  readonly messages: number;
  /** Close codes of the connections that ended. */
  readonly closes: readonly number[];
  /** What nobody caught. */
  readonly errors: readonly string[];
}

interface Options extends WebSocketServerOptions {
  /** Bytes to push to every client every 5 ms, instead of echoing. */
  push?: number;
}

const running = new Set<EchoProcess>();
// Translated when first needed, for the processes of one test.
let engine = '';

/** Ends every server process. */
export async function stopProcesses(): Promise<void> {
  const stopping = [...running].map((one) => one.stop());
  running.clear();
  await Promise.all(stopping);
  if (engine !== '') rmSync(dirname(fileURLToPath(engine)), { recursive: true });
  engine = '';
}

/** An echo server on the engine, in a process of its own. */
export class EchoProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    /** As it was before anybody connected. */
    readonly start: Stats,
  ) {
    running.add(this);
  }

  /** @param heap megabytes of V8's heap, of which the engine's budgets are a share */
  static async launch(options: Options = {}, heap?: number): Promise<EchoProcess> {
    engine ||= transpileEngine();
    const execArgv = ['--expose-gc', ...(heap ? [`--max-old-space-size=${heap}`] : [])];
    const child = fork(SERVER, [engine, JSON.stringify(options)], { execArgv });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new EchoProcess(child, port, await ask(child));
  }

  async stats(): Promise<Stats> {
    return ask(this.child);
  }

  /** The first stats for which `holds` is true. */
  async until(holds: (stats: Stats) => boolean): Promise<Stats> {
    for (;;) {
      const stats = await this.stats();
      if (holds(stats)) return stats;
      // Nothing tells what another process has got done so far.
      await delay(20);
    }
  }

  async stop(): Promise<void> {
    running.delete(this);
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }
}

async function ask(child: ChildProcess): Promise<Stats> {
  const answer = once(child, 'message');
  child.send('stats');
  const [stats] = (await answer) as [Stats];
  return stats;
}
