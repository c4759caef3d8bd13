import { PreparedMessage, SendResult } from '#engine';
import type { Connection } from '../connection/connection.js';
import { Phase } from '../connection/connection.js';
import type { Codec } from '../wire/codec.js';
import { encodeEnvelope } from '../wire/codec.js';

/** What became of a broadcast, counted in receivers. */
export interface BroadcastResult {
  /** Handed to the operating system. */
  sent: number;
  /** Waiting for receivers that read slowly. */
  queued: number;
  /** Dropped by the policy of a receiver's queue. */
  dropped: number;
  /** Not sent: the receiver is closing. */
  closed: number;
}

/** Where a broadcast finds its receivers. */
export interface Audience {
  members(room: string): ReadonlySet<Connection>;
  everyone(): Iterable<Connection>;
}

/**
 * A broadcast being addressed. Every call returns a new one, so that a part of an address can be
 * kept and used again.
 *
 * @example rooms.to('lobby').to(['a', 'b']).except(connection).send('said', { text: 'hi' });
 */
export class Broadcast {
  readonly #audience: Audience;
  /** Null stands for everyone. */
  readonly #rooms: readonly string[] | null;
  readonly #except: readonly Connection<object>[];

  constructor(
    audience: Audience,
    rooms: readonly string[] | null,
    except: readonly Connection<object>[] = [],
  ) {
    this.#audience = audience;
    this.#rooms = rooms;
    this.#except = except;
  }

  /** Adds a room or several; a receiver in more than one of them still receives once. */
  to(rooms: string | readonly string[]): Broadcast {
    // Everyone is already everyone: adding a room must not narrow it.
    if (this.#rooms === null) return this;
    return new Broadcast(this.#audience, this.#rooms.concat(rooms), this.#except);
  }

  /** Leaves out connections, usually the one that caused the broadcast. */
  except(...connections: readonly Connection<object>[]): Broadcast {
    return new Broadcast(this.#audience, this.#rooms, [...this.#except, ...connections]);
  }

  /**
   * Encodes once per codec, frames once and hands the same bytes to each receiver. Waits for nobody:
   * a receiver that reads slowly queues, and is dealt with by its own limits.
   * @throws {EncodeError} for data a codec cannot carry.
   */
  send(event: string, data?: unknown): BroadcastResult {
    const result: BroadcastResult = { sent: 0, queued: 0, dropped: 0, closed: 0 };
    const messages = new PreparedByCodec(event, data);
    // Handing over a message can close a receiver that is too slow, and so change the set under the
    // loop: iteration of Set and Map is defined for that.
    for (const connection of this.#receivers()) {
      if (this.#except.length > 0 && this.#except.includes(connection)) continue;
      // Whoever the connect hook has not let in yet hears nothing it was not addressed in.
      if (this.#rooms === null && connection.phase === Phase.Connecting) continue;
      count(result, connection.sendPrepared(messages.for(connection.codec)));
    }
    return result;
  }

  #receivers(): Iterable<Connection> {
    const rooms = this.#rooms;
    if (rooms === null) return this.#audience.everyone();
    const [only] = rooms;
    if (only !== undefined && rooms.length === 1) return this.#audience.members(only);
    const receivers = new Set<Connection>();
    for (const room of rooms) {
      for (const connection of this.#audience.members(room)) receivers.add(connection);
    }
    return receivers;
  }
}

/** The one message in the bytes of each codec among the receivers; nearly always there is one. */
class PreparedByCodec {
  readonly #event: string;
  readonly #data: unknown;
  readonly #prepared = new Map<Codec, PreparedMessage>();

  constructor(event: string, data: unknown) {
    this.#event = event;
    this.#data = data;
  }

  for(codec: Codec): PreparedMessage {
    const present = this.#prepared.get(codec);
    if (present !== undefined) return present;
    const encoded = encodeEnvelope(codec, { event: this.#event, data: this.#data });
    const message =
      typeof encoded === 'string' ? PreparedMessage.text(encoded) : PreparedMessage.binary(encoded);
    this.#prepared.set(codec, message);
    return message;
  }
}

function count(result: BroadcastResult, outcome: SendResult): void {
  switch (outcome) {
    case SendResult.Sent:
      result.sent++;
      break;
    case SendResult.Queued:
      result.queued++;
      break;
    case SendResult.Dropped:
      result.dropped++;
      break;
    case SendResult.Closed:
      result.closed++;
      break;
  }
}
