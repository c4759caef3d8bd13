import { MemoryBrokerServer } from '#hub';
import type { Clock } from '../../../../libs/hub/src/support/clock.js';
import type { SimulatedClock } from './simulated-clock.js';

interface Change {
  readonly at: number;
  readonly apply: (server: MemoryBrokerServer) => unknown;
}

/** A session, as the server has it. */
interface Attached {
  published(channel: string, message: Uint8Array): void;
  close(): void;
}

/** What the nodes share, over all lives of the server. Its stores are those of the memory broker. */
export class SimulatedServer {
  readonly clock: SimulatedClock;
  /** The sessions with the server as it is now. */
  readonly sessions = new Set<Attached>();
  /** Undefined while there is none. */
  stores: MemoryBrokerServer | undefined;
  /** It stands still: takes nothing, answers nothing. */
  hung = false;
  /** Answers of sends that get lost from now on. */
  loseAnswers = 0;
  /** When each life ended. */
  readonly ends: number[] = [];
  /** Numbers of broadcasts the server has acknowledged, and when the node heard of it. */
  readonly acknowledged = new Map<string, number>();
  #lives = 0;
  #changes: Change[] = [];
  #replayed: number | undefined;

  constructor(clock: SimulatedClock) {
    this.clock = clock;
    this.#begin();
  }

  /** Does something to the stores that a snapshot would have. */
  change<Answer>(apply: (server: MemoryBrokerServer) => Answer): Answer {
    const { stores } = this;
    if (stores === undefined) throw new Error('There is no server');
    this.#changes.push({ at: this.clock.now(), apply });
    return apply(stores);
  }

  publish(channel: string, message: Uint8Array): void {
    for (const session of this.sessions) session.published(channel, message);
  }

  kill(): void {
    if (this.stores === undefined) return;
    this.stores = undefined;
    this.hung = false;
    this.ends.push(this.clock.now());
    for (const session of this.sessions) session.close();
    this.sessions.clear();
  }

  /** @param kept how much of what was changed it still has, from 0 to 1 */
  restart(kept: number): void {
    if (this.stores !== undefined) return;
    const changes = this.#changes.slice(0, Math.floor(this.#changes.length * kept));
    this.#begin();
    this.#changes = changes;
    for (const { at, apply } of changes) {
      this.#replayed = at;
      // oxlint-disable-next-line typescript/no-non-null-assertion -- begun by the line before
      apply(this.stores!);
    }
    this.#replayed = undefined;
  }

  #begin(): void {
    const { clock } = this;
    const replaying: Clock = {
      now: () => this.#replayed ?? clock.now(),
      after: () => undefined,
      soon: (call) => clock.soon(call),
      clear: () => {},
      random: () => clock.random(),
    };
    this.#changes = [];
    this.stores = new MemoryBrokerServer({
      generation: `life${this.#lives++}`,
      clock: replaying,
    });
  }
}
