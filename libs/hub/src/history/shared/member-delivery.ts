import type { SomeConnection } from '../../connection/plain-connection.js';
import type { BroadcastResult } from '../../rooms/broadcast.js';
import { EventMessage, type BroadcastMessage } from '../../rooms/broadcast-message.js';
import type { SendOptions } from '../../connection/send-options.js';
import { jsonCodec } from '../../wire/json.codec.js';
import type { HeldMessage } from '../held.js';
import type { HistoryParts } from '../history-parts.js';
import type { GapNotice, HistoryGap } from './history-gap.js';
import type { LoggedMessage } from './packed-page.js';
import { kDeliver, kExceptAll } from '../../support/own-names.js';

// A notice that was dropped would be a gap nobody has heard of: at the limit it closes.
const NEVER_DROP: SendOptions = Object.freeze({ policy: 'close' });
const NOBODY: ReadonlySet<SomeConnection> = new Set();

/** Hands messages of a log to the members of this node; whoever is still being told older ones waits. */
export class MemberDelivery {
  readonly #parts: Pick<HistoryParts, 'rooms' | 'held' | 'report'>;
  readonly #notice: GapNotice | undefined;

  constructor(
    parts: Pick<HistoryParts, 'rooms' | 'held' | 'report'>,
    notice: GapNotice | undefined,
  ) {
    this.#parts = parts;
    this.#notice = notice;
  }

  /** @throws {EncodeError} for data a codec cannot carry; who has another codec has got it all the same. */
  deliver(
    room: string,
    epoch: string,
    { packed, stored, message }: LoggedMessage,
  ): BroadcastResult {
    const { event, offset, size } = stored;
    const without = this.#excepted(room, packed.except);
    const place = { epoch, offset, event, size };
    return this.#hand(room, { ...place, message }, without, packed.options);
  }

  /** Tells the members of a gap, in its place among the messages. Never throws. */
  gap(gap: HistoryGap): void {
    const { room, epoch, offset } = gap;
    try {
      const notice = this.#notice?.(gap);
      if (notice === undefined) {
        // Whoever is being told of the room has to know what is of the life before.
        this.#parts.held.keep(
          room,
          { epoch, offset, event: '', size: 0, message: undefined },
          NOBODY,
        );
        return;
      }
      const message = new EventMessage(notice);
      const size = message.for(jsonCodec).byteLength;
      this.#hand(room, { epoch, offset, event: notice.event, size, message }, NOBODY, NEVER_DROP);
    } catch (error) {
      this.#parts.report(error);
    }
  }

  #hand(
    room: string,
    held: HeldMessage & { readonly message: BroadcastMessage },
    without: ReadonlySet<SomeConnection>,
    options: SendOptions,
  ): BroadcastResult {
    const holding = this.#parts.held.keep(room, held, without);
    // Every node delivers what it finds in the log.
    const { local } = this.#parts.rooms.to(room);
    const receivers = local[kExceptAll](without)[kExceptAll](holding);
    return receivers[kDeliver](held.message, held.event, options);
  }

  /** Members of this node by their ids. */
  #excepted(room: string, ids: readonly string[]): ReadonlySet<SomeConnection> {
    if (ids.length === 0) return NOBODY;
    const known = new Set(ids);
    const without = new Set<SomeConnection>();
    for (const member of this.#parts.rooms.members(room)) {
      if (known.has(member.id)) without.add(member);
    }
    return without;
  }
}
