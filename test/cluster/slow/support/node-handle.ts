import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./node-process.mjs', import.meta.url));

/** Where a node's broker is. */
export interface BrokerPlace {
  readonly kind: 'redis' | 'ioredis' | 'nats' | 'node-cluster';
  readonly url?: string;
  readonly path?: string;
  readonly app: string;
}

export interface NodeConfig {
  readonly name: string;
  readonly broker: BrokerPlace;
  readonly delivery: 'at-most-once' | 'at-least-once';
  /** More options of the cluster. */
  readonly cluster?: object;
  /** Of each message; default 200. */
  readonly bytes?: number;
}

interface Gap {
  readonly publisher?: string;
  readonly rooms: readonly string[] | 'all';
  readonly since: number;
  readonly until: number;
  readonly reason: string;
}

/** What a node says in the end. */
export interface NodeReport {
  readonly name: string;
  /** Milliseconds since the epoch of each message, by room. */
  readonly sent: Readonly<Record<string, readonly number[]>>;
  /** By `publisher room`: number and time of arrival, one behind the other. */
  readonly received: Readonly<Record<string, readonly number[]>>;
  readonly timeline: readonly { state?: string; nodeUp?: string; nodeDown?: string; at: number }[];
  readonly gaps: readonly Gap[];
  readonly dropped: readonly { messages: number; reason: string }[];
  readonly errors: readonly string[];
  readonly unhandled: readonly string[];
  readonly other: readonly { event: string; data: unknown }[];
  readonly places: readonly [string, string, number, string, number][];
  readonly stats: Readonly<Record<string, unknown>>;
  readonly local: { readonly p99: number; readonly max: number };
}

/** A node in a process of its own. */
export class NodeHandle {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #lastId = 0;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    child.on('message', (message: { id?: number; value?: unknown; error?: string }) => {
      const waiting = this.#waiting.get(message.id ?? -1);
      if (waiting === undefined) return;
      this.#waiting.delete(message.id ?? -1);
      if (message.error === undefined) waiting.resolve(message.value);
      else waiting.reject(new Error(message.error));
    });
    child.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`Node ${name} has ended with ${signal ?? code}`));
      }
    });
  }

  static async start(config: NodeConfig): Promise<NodeHandle> {
    const child = fork(PROGRAM, [JSON.stringify(config)], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error(`Node ${config.name} has not started`);
      }),
    ]);
    const node = new NodeHandle(config.name, child);
    await node.ask('start');
    return node;
  }

  ask<Value>(name: string, argument: object = {}): Promise<Value> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the program answers
      this.#waiting.set(id, { resolve: (value) => resolve(value as Value), reject });
      this.#child.send({ id, name, argument });
    });
  }

  report(): Promise<NodeReport> {
    return this.ask('report');
  }

  /** Closes the hub. @returns milliseconds it took */
  stop(deadline = 5_000): Promise<number> {
    return this.ask('stop', { deadline });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
