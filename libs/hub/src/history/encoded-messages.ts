import { EventMessage, type BroadcastMessage } from '../rooms/broadcast-message.js';
import type { StoredMessage } from './history-store.js';

/** Encoded forms of kept messages: the same bytes serve live receivers and returning ones. */
export class EncodedMessages {
  readonly #encoded = new WeakMap<StoredMessage, BroadcastMessage>();

  /** A message that was kept just now, with what its publisher says about compression. */
  add(room: string, epoch: string, stored: StoredMessage, compress?: boolean): BroadcastMessage {
    const { event, data, offset } = stored;
    const message = new EventMessage({ event, data, at: { room, epoch, offset } }, compress);
    this.#encoded.set(stored, message);
    return message;
  }

  /** A message that came encoded, with its place in it. */
  keep(stored: StoredMessage, message: BroadcastMessage): void {
    this.#encoded.set(stored, message);
  }

  of(room: string, epoch: string, stored: StoredMessage): BroadcastMessage {
    return this.#encoded.get(stored) ?? this.add(room, epoch, stored);
  }
}
