import type { Attributes, Histogram } from '@opentelemetry/api';
import { Attribute } from '../api/attributes.js';
import type { Cell, Tally } from './tally.js';

/** Durations of one series that are recorded in a second; all are counted. */
const MOST = 1_000;
/** Series that are kept: paths and events are few, so that nobody has as many. */
const MAX_SERIES = 10_000;

/** Handlers of one event with one outcome. */
interface Series {
  readonly attributes: Attributes;
  readonly count: Cell;
  /** Handlers of this second. */
  seen: number;
  /** One in so many was recorded in the second before. */
  every: number;
}

/**
 * Handlers that have ended: each is counted, and of many the durations are a sample. To record one costs as much as
 * to handle a short message; to count one, nearly nothing.
 */
export class Handled {
  readonly #count: Tally;
  readonly #duration: Histogram;
  /** By path, event and outcome: to make one key of them would cost more than three look-ups. */
  readonly #series = new Map<string, Map<string, Map<string, Series>>>();
  readonly #all: Series[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(count: Tally, duration: Histogram) {
    this.#count = count;
    this.#duration = duration;
  }

  /** @param duration milliseconds */
  add(path: string, event: string, outcome: string, duration: number): void {
    const series = this.#of(path, event, outcome);
    series.count.value++;
    const every = Math.max(series.every, ++series.seen / MOST);
    if (every > 1 && Math.random() * every >= 1) return;
    this.#duration.record(duration / 1_000, series.attributes);
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#nextSecond(), 1_000).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #nextSecond(): void {
    for (const series of this.#all) {
      series.every = series.seen / MOST;
      series.seen = 0;
    }
  }

  #of(path: string, event: string, outcome: string): Series {
    return this.#series.get(path)?.get(event)?.get(outcome) ?? this.#make(path, event, outcome);
  }

  #make(path: string, event: string, outcome: string): Series {
    const count = this.#count.cell(path, event, outcome);
    const attributes = {
      [Attribute.Path]: path,
      [Attribute.Event]: event,
      [Attribute.Outcome]: outcome,
    };
    const series = { attributes, count, seen: 0, every: 0 };
    if (this.#all.length === MAX_SERIES) return series;
    this.#all.push(series);
    const events = within(this.#series, path);
    within(events, event).set(outcome, series);
    return series;
  }
}

function within<Value>(maps: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  let map = maps.get(key);
  if (map === undefined) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}
