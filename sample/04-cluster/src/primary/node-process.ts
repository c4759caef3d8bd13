import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Machine, NodeReport, NodeView, ToPrimary } from '../machine.js';
import { placeInEnvironment, type Place } from '../place.js';

/** Milliseconds a node has for its goodbyes. */
const PATIENCE = 8_000;

/** What a node's process tells the primary. */
export interface NodeEvents {
  received(message: ToPrimary): void;
  changed(): void;
  /** It was not told to. */
  died(number: number): void;
}

/** One node: a worker of node:cluster that can be killed and started again. */
export class NodeProcess {
  readonly #place: Place;
  readonly #on: NodeEvents;
  #worker: Worker | undefined;
  #report: NodeReport | undefined;

  constructor(place: Place, on: NodeEvents) {
    this.#place = place;
    this.#on = on;
  }

  get number(): number {
    return this.#place.number;
  }

  get running(): boolean {
    return this.#worker !== undefined;
  }

  get view(): NodeView {
    return { number: this.number, pid: this.#worker?.process.pid, report: this.#report };
  }

  /** @returns whether it listens */
  async start(): Promise<boolean> {
    const worker = cluster.fork(placeInEnvironment(this.#place));
    this.#worker = worker;
    this.#on.changed();
    worker.on('message', (message: ToPrimary) => {
      if (this.#worker !== worker) return;
      if (message.kind === 'report') this.#report = message.report;
      this.#on.received(message);
    });
    // A message to a worker that has just been killed.
    worker.on('error', () => {});
    worker.once('exit', () => {
      if (this.#worker !== worker) return;
      this.#forget();
      this.#on.died(this.number);
    });
    return Promise.race([
      once(worker, 'listening').then(() => true),
      once(worker, 'exit').then(() => false),
    ]);
  }

  tell(machine: Machine): void {
    if (this.#worker?.isConnected() === true) this.#worker.send({ kind: 'machine', machine });
  }

  /** As a crash does: nobody hears of it. */
  async kill(): Promise<void> {
    await this.#endWith('SIGKILL');
  }

  /** It closes its connections and says goodbye to the others. */
  async end(): Promise<void> {
    await Promise.race([this.#endWith('SIGTERM'), delay(PATIENCE, undefined, { ref: false })]);
  }

  async #endWith(signal: NodeJS.Signals): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#forget();
    const gone = once(worker, 'exit');
    worker.process.kill(signal);
    await gone;
  }

  #forget(): void {
    this.#worker = undefined;
    this.#report = undefined;
    this.#on.changed();
  }
}
