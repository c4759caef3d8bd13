import type { EventRow } from '../contract/inspector-contract.js';
import { Quantiles } from './quantiles.js';
import { rounded } from './sampled-connection.js';

/** Handlers that are told apart; what the table of an application has is far below. */
const MAX_EVENTS = 1_000;
/** Milliseconds of a span of which quantiles are told. */
const SPAN = 10_000;

class EventFigures {
  total = 0;
  failed = 0;
  rate = 0;
  before = 0;
  readonly durations = new Quantiles();

  constructor(
    readonly path: string,
    readonly event: string,
  ) {}
}

/** What handlers have done, by path and event. */
export class EventTable {
  readonly #events = new Map<string, EventFigures>();
  #turned = performance.now();

  handled(path: string, event: string, failed: boolean, duration: number): void {
    const key = `${path}\n${event}`;
    let figures = this.#events.get(key);
    if (figures === undefined) {
      if (this.#events.size >= MAX_EVENTS) return;
      figures = new EventFigures(path, event);
      this.#events.set(key, figures);
    }
    figures.total++;
    if (failed) figures.failed++;
    figures.durations.add(duration);
  }

  /** @param seconds since the last time */
  measure(seconds: number): void {
    const now = performance.now();
    const turns = now - this.#turned >= SPAN;
    if (turns) this.#turned = now;
    for (const figures of this.#events.values()) {
      figures.rate = Math.round((figures.total - figures.before) / seconds);
      figures.before = figures.total;
      if (turns) figures.durations.turn();
    }
  }

  rows(): EventRow[] {
    return [...this.#events.values()].map(({ path, event, rate, total, failed, durations }) => ({
      path,
      event,
      rate,
      total,
      failed,
      p50: rounded(durations.of(0.5)),
      p99: rounded(durations.of(0.99)),
    }));
  }
}
