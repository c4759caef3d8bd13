import { connectionId } from '../../connection/connection-id.js';
import { systemClock, type Clock, type Timer } from '../../support/clock.js';
import type { Outgoing } from '../broker.js';
import { BrokerUnavailable } from '../broker-unavailable.js';
import { messageTooLong } from '../message-too-long.js';
import { MemoryHistories } from './memory-histories.js';
import { MemoryMailboxes } from './memory-mailboxes.js';
import { NodeLogs } from './node-logs.js';
import { Relay } from './relay.js';

/** Bytes. */
export const DEFAULT_MAX_MESSAGE = 4 * 1024 * 1024;
/** Milliseconds between looks for what has become too old. */
const SWEEP_INTERVAL = 30_000;

export interface MemoryBrokerServerOptions {
  /** Who this server is; default 8 random characters. Two that lived must not have the same. */
  readonly generation?: string | undefined;
  /** Bytes of the longest message; default 4 MiB. */
  readonly maxMessage?: number | undefined;
  /** Default the process' own. */
  readonly clock?: Clock | undefined;
}

/**
 * What nodes share, in the memory of one process: who receives which channel, what was published
 * lately, histories and mail. It knows no connection: whoever has one to a node brings its requests
 * here. Each is done in one turn.
 */
export class MemoryBrokerServer {
  readonly generation: string;
  readonly maxMessage: number;
  readonly clock: Clock;
  readonly relay = new Relay<Uint8Array>();
  readonly logs: NodeLogs;
  readonly histories: MemoryHistories;
  readonly mailboxes: MemoryMailboxes;
  readonly #clients = new Set<(error: Error) => void>();
  #sweeper: Timer;
  #closed = false;

  constructor({ generation, maxMessage, clock = systemClock }: MemoryBrokerServerOptions = {}) {
    this.generation = generation ?? connectionId().slice(0, 8);
    this.maxMessage = maxMessage ?? DEFAULT_MAX_MESSAGE;
    this.clock = clock;
    this.logs = new NodeLogs(clock);
    this.histories = new MemoryHistories(this.generation, clock);
    this.mailboxes = new MemoryMailboxes(clock);
  }

  /**
   * @param closed called once when the server closes
   * @returns how to go
   * @throws {BrokerUnavailable} when it is closed
   */
  attach(closed: (error: Error) => void): () => void {
    if (this.#closed) throw new BrokerUnavailable('Cannot reach the broker: it is closed');
    this.#clients.add(closed);
    this.#sweeper ??= this.clock.after(SWEEP_INTERVAL, () => this.#sweep());
    return () => this.#clients.delete(closed);
  }

  /** @param batch kept as it is when it is logged: must not change afterwards */
  publish(node: string, batch: readonly Outgoing[], log: boolean): void {
    for (const outgoing of batch) {
      if (log && outgoing.seq > 0) this.logs.append(node, outgoing);
      this.relay.publish(outgoing.channel, outgoing.message);
    }
  }

  /** @throws {LimitError} */
  checkLength(message: Uint8Array): void {
    if (message.length > this.maxMessage) throw messageTooLong(message.length, this.maxMessage);
  }

  /** Ends all that is attached. */
  close(): void {
    this.#closed = true;
    this.clock.clear(this.#sweeper);
    const clients = [...this.#clients];
    this.#clients.clear();
    for (const closed of clients) closed(new BrokerUnavailable('The broker has closed'));
  }

  #sweep(): void {
    this.#sweeper = undefined;
    this.logs.sweep();
    this.histories.sweep();
    this.mailboxes.sweep();
    // Nobody is there: the next to attach starts it again.
    if (this.#clients.size > 0) {
      this.#sweeper = this.clock.after(SWEEP_INTERVAL, () => this.#sweep());
    }
  }
}
