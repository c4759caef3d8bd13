import type { Broadcaster } from '../rooms/broadcaster.js';
import type { Clock } from '../support/clock.js';
import { GAP_EVENT } from '../wire/envelope.js';
import type { Gap } from './delivery/gap.js';

/** Rooms told in one turn of the event loop. */
const SLICE = 256;

interface LocalRooms {
  readonly broadcaster: Broadcaster;
  size(room: string): number;
  names(): string[];
}

/** Tells members of rooms that they may have missed something, so that they can ask for it. */
export class GapNotices {
  readonly #rooms: () => LocalRooms;
  readonly #clock: Clock;
  readonly #pending = new Set<string>();

  constructor(rooms: () => LocalRooms, clock: Clock) {
    this.#rooms = rooms;
    this.#clock = clock;
  }

  /** Gaps of one turn are one notice. */
  tell({ rooms }: Gap): void {
    const idle = this.#pending.size === 0;
    const local = this.#rooms();
    for (const room of rooms === 'all' ? local.names() : rooms) {
      if (local.size(room) > 0) this.#pending.add(room);
    }
    if (idle && this.#pending.size > 0) this.#clock.soon(() => this.#send());
  }

  #send(): void {
    const { broadcaster } = this.#rooms();
    let sent = 0;
    for (const room of this.#pending) {
      if (sent++ === SLICE) {
        this.#clock.soon(() => this.#send());
        return;
      }
      this.#pending.delete(room);
      broadcaster.to(room).local.send(GAP_EVENT, { room });
    }
  }
}
