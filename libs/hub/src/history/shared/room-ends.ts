import type { BrokerHistory, LogEnd } from '../../broker/broker-history.js';

/** Rooms in one call. */
const BATCH = 256;

interface Asked {
  readonly room: string;
  readonly resolve: (end: LogEnd | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Where rooms end; those that are asked for in one turn go to the broker in one call. */
export class RoomEnds {
  readonly #log: BrokerHistory;
  #asked: Asked[] = [];

  constructor(log: BrokerHistory) {
    this.#log = log;
  }

  /** @returns undefined when the broker leaves it out */
  of(room: string): Promise<LogEnd | undefined> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ room, resolve, reject });
      if (this.#asked.length === 1) queueMicrotask(() => this.#flush());
      if (this.#asked.length === BATCH) this.#flush();
    });
  }

  #flush(): void {
    const asked = this.#asked;
    this.#asked = [];
    if (asked.length > 0) void this.#ask(asked);
  }

  async #ask(asked: readonly Asked[]): Promise<void> {
    let ends: readonly LogEnd[];
    try {
      ends = await this.#log.ends(asked.map(({ room }) => room));
    } catch (error) {
      const [one, ...others] = asked;
      if (others.length === 0) return one?.reject(error);
      // One room that cannot be read is none of the others' business.
      for (const each of asked) void this.#ask([each]);
      return;
    }
    for (const [at, { resolve }] of asked.entries()) resolve(ends[at]);
  }
}
