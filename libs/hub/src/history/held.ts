import { CloseCode } from '#engine';
import type { Connection } from '../connection/connection.js';
import type { BroadcastMessage } from '../rooms/broadcast-message.js';

/** Live messages one connection may have held back while its history is read. */
const MAX_HELD = 1_024;

/** A live message that has to wait for older ones. */
export interface HeldMessage {
  readonly offset: number;
  readonly event: string;
  readonly message: BroadcastMessage;
}

/**
 * Live messages of connections that are still being told what they missed. Only a store that has to
 * be waited for makes this necessary.
 */
export class Held {
  readonly #byRoom = new Map<string, Map<Connection<object>, HeldMessage[]>>();

  begin(connection: Connection<object>, room: string): void {
    const holding = this.#byRoom.get(room) ?? new Map<Connection<object>, HeldMessage[]>();
    this.#byRoom.set(room, holding);
    if (!holding.has(connection)) holding.set(connection, []);
  }

  /** @returns the connections that must not get the message now, because it was kept for them. */
  keep(
    room: string,
    message: HeldMessage,
    except: readonly Connection<object>[],
  ): Connection<object>[] {
    const holding = this.#byRoom.get(room);
    if (holding === undefined) return [];
    for (const [connection, held] of holding) {
      if (except.includes(connection)) continue;
      if (held.length < MAX_HELD) held.push(message);
      // It would have a gap from here on; a client that comes back is told so, or recovers.
      else connection.close(CloseCode.TryAgainLater, 'Recovery takes too long');
    }
    return [...holding.keys()];
  }

  /** @returns what was kept, in order; nothing the second time. */
  end(connection: Connection<object>, room: string): readonly HeldMessage[] {
    const holding = this.#byRoom.get(room);
    const held = holding?.get(connection) ?? [];
    holding?.delete(connection);
    if (holding?.size === 0) this.#byRoom.delete(room);
    return held;
  }
}
