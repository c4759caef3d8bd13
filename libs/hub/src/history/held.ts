import { DEFAULT_LIMITS } from '#engine';
import type { SomeConnection } from '../connection/plain-connection.js';
import type { BroadcastMessage } from '../rooms/broadcast-message.js';
import { HubCloseCauses } from '../wire/close-causes.js';

const { RecoveryTooLong } = HubCloseCauses;
/** Live messages one connection may have held back while its history is read. */
const MAX_HELD = 1_024;
/** Bytes of them: what is more would not fit into its send queue afterwards. */
const MAX_HELD_BYTES = DEFAULT_LIMITS.sendHardLimit;

/** A live message that has to wait for older ones. */
export interface HeldMessage {
  readonly epoch: string;
  readonly offset: number;
  readonly event: string;
  /** Undefined for a mark: the room has begun anew. */
  readonly message: BroadcastMessage | undefined;
  /** Bytes it counts for. */
  readonly size: number;
}

/** One connection that is being told what it missed of one room. */
export interface Hold {
  /** In order; grows until the hold ends. */
  readonly messages: HeldMessage[];
  /** Bytes of them. */
  bytes: number;
  /** Told when it has ended. */
  readonly waiting: (() => void)[];
}

/**
 * Live messages of connections that are still being told what they missed: while a store is waited
 * for, and while an observer of the join publishes.
 */
export class Held {
  readonly #byRoom = new Map<string, Map<SomeConnection, Hold>>();

  /** Rooms with somebody who is being told, for tests of leaks. */
  get size(): number {
    return this.#byRoom.size;
  }

  begin(connection: SomeConnection, room: string): Hold {
    const holding = this.#byRoom.get(room) ?? new Map<SomeConnection, Hold>();
    this.#byRoom.set(room, holding);
    const hold: Hold = { messages: [], bytes: 0, waiting: [] };
    holding.set(connection, hold);
    return hold;
  }

  /** @returns undefined when the connection may be told at once, else when it may. */
  ended(connection: SomeConnection, room: string): Promise<void> | undefined {
    const hold = this.#byRoom.get(room)?.get(connection);
    if (hold === undefined) return undefined;
    return new Promise((resolve) => {
      hold.waiting.push(resolve);
    });
  }

  /** @returns the connections that must not get the message now, because it was kept for them. */
  keep(
    room: string,
    message: HeldMessage,
    except: ReadonlySet<SomeConnection>,
  ): Iterable<SomeConnection> {
    const holding = this.#byRoom.get(room);
    if (holding === undefined) return [];
    for (const [connection, hold] of holding) {
      if (except.has(connection)) continue;
      hold.bytes += message.size;
      if (hold.messages.length < MAX_HELD && hold.bytes <= MAX_HELD_BYTES) {
        hold.messages.push(message);
      } else {
        // It would have a gap from here on; a client that comes back is told so, or recovers.
        connection.close(RecoveryTooLong.code, RecoveryTooLong.reason);
      }
    }
    return holding.keys();
  }

  end(connection: SomeConnection, room: string): void {
    const holding = this.#byRoom.get(room);
    const hold = holding?.get(connection);
    holding?.delete(connection);
    if (holding?.size === 0) this.#byRoom.delete(room);
    for (const resolve of hold?.waiting ?? []) resolve();
  }
}
