import type { BrokerHistory } from '../../broker/broker-history.js';

/** Rooms that are remembered; past them nothing more is delivered unlogged. */
const MAX_UNLOGGED = 10_000;

/**
 * Rooms in which members have got messages that are in no log. Their history begins anew as soon as the
 * broker is back: until then nothing is appended, and nobody is told what it has missed.
 */
export class UnloggedRooms {
  readonly #log: BrokerHistory;
  /** What a room is being cleared by; undefined while nobody tries. */
  readonly #rooms = new Map<string, Promise<void> | undefined>();

  constructor(log: BrokerHistory) {
    this.#log = log;
  }

  /** @returns false when there are too many. */
  add(room: string): boolean {
    if (this.#rooms.has(room)) return true;
    if (this.#rooms.size >= MAX_UNLOGGED) return false;
    this.#rooms.set(room, undefined);
    return true;
  }

  names(): string[] {
    return [...this.#rooms.keys()];
  }

  /** Settles when the room has begun anew; undefined when it need not. */
  begun(room: string): Promise<void> | undefined {
    if (!this.#rooms.has(room)) return undefined;
    return this.#rooms.get(room) ?? this.#clear(room);
  }

  #clear(room: string): Promise<void> {
    const clearing = this.#log.clear(room).then(
      () => void this.#rooms.delete(room),
      (error: unknown) => {
        this.#rooms.set(room, undefined);
        throw error;
      },
    );
    this.#rooms.set(room, clearing);
    return clearing;
  }
}
