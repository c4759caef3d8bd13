import type { BrokerSession, LogLimit } from '../../broker/broker.js';
import type { Clock } from '../../support/clock.js';
import { Repair } from './repair.js';
import type { Source } from './sources.js';

/** Of a log at a time. */
const PAGE: LogLimit = { messages: 1_024, bytes: 4 * 1024 * 1024 };
/** Pages of one reading: no log is that long, unless it grows as fast as it is read. */
const MAX_PAGES = 1_024;
/** A log that cannot be read is tried as often again ... */
const RETRIES = 3;
/** ... after so many milliseconds; then what is missing is given up. */
const RETRY_DELAY = 500;

interface RepairsHost {
  readonly clock: Clock;
  /** @returns the number of the message */
  logged(source: Source, repair: Repair, channel: string, bytes: Uint8Array): number;
  /** @returns whether nothing is left to read */
  drain(source: Source, repair: Repair): boolean;
  report(error: unknown): void;
}

/** Reads logs of publishers: of each one reading at a time. */
export class Repairs {
  readonly #host: RepairsHost;
  /** While there is a link. */
  session: BrokerSession | undefined = undefined;
  /** Whether the link is up: before, what cannot be read is read in the next session. */
  up = false;

  constructor(host: RepairsHost) {
    this.#host = host;
  }

  /** Begins to read behind a number, or lets what is being read reach that far; see `Repair`. */
  begin(source: Source, after: number, baseline: number): Promise<void> {
    if (source.repair === undefined) source.repair = new Repair(after, baseline);
    else source.repair.widen(after, baseline);
    const { repair } = source;
    const { session } = this;
    if (session === undefined || repair.session === session) {
      // What is being read may be past it already.
      repair.overflow ||= session !== undefined;
      return Promise.resolve();
    }
    repair.session = session;
    return this.#run(source, repair, session);
  }

  /** Ends early, without a word, when there is another session. */
  async #run(source: Source, repair: Repair, session: BrokerSession): Promise<void> {
    for (let failures = 0; ;) {
      // Let go of the stack first: what asked for it is still to be held.
      await Promise.resolve();
      repair.begin();
      try {
        await this.#read(source, repair, session);
      } catch (error) {
        if (repair.session !== session) return;
        if (++failures <= RETRIES || !this.up) {
          await new Promise<void>((resolve) => this.#host.clock.after(RETRY_DELAY, resolve));
          if (repair.session !== session) return;
          continue;
        }
        this.#host.report(error);
        repair.covered = Infinity;
      }
      if (repair.session !== session) return;
      if (!this.#host.drain(source, repair)) continue;
      source.repair = undefined;
      return;
    }
  }

  async #read(source: Source, repair: Repair, session: BrokerSession): Promise<void> {
    for (let page = 0; page < MAX_PAGES; page++) {
      const after = repair.page();
      let end = after;
      let [messages, bytes] = [0, 0];
      for await (const { channel, message } of session.readLog(source.node, after, PAGE)) {
        if (repair.session !== session) return;
        end = Math.max(end, this.#host.logged(source, repair, channel, message));
        messages++;
        bytes += message.length;
      }
      if (end === after) return;
      // Unless it was asked to read more meanwhile.
      if (repair.after === after) repair.after = end;
      // The log has no more: what is published from now on is received. Under steady traffic another page
      // would always have something.
      else continue;
      if (messages < PAGE.messages && bytes < PAGE.bytes) return;
    }
  }
}
