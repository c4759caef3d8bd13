import type { Position } from '../wire/envelope.js';
import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';
import type { HistoryPage, StoredMessage } from './history-store.js';
import type { Since } from './position.js';

/** How a connection enters a room with a history. */
export interface JoinOptions {
  /** The last position the client has; without it the client is new. */
  readonly since?: Since | undefined;
  /**
   * How many of the newest messages a client gets that is new, or was away for too long. Default 0;
   * 1 in rooms whose latest value counts.
   */
  readonly latest?: number | undefined;
  /**
   * Refuses an epoch the room does not have, with UNKNOWN_EPOCH, instead of `recovered: false`.
   * Default false.
   */
  readonly strict?: boolean | undefined;
  /** Gives up when it aborts, while the store is waited for; nothing is changed then. */
  readonly signal?: AbortSignal | undefined;
}

/** How a join went; also the data of the `$joined` event that is sent before any message. */
export interface Joined extends Position {
  /**
   * True: what follows is everything the client has missed, and nothing else. False: some of it is
   * lost, what follows are the newest messages. Left out for a client that was new.
   */
  readonly recovered?: boolean;
  /** Messages that follow before live ones. */
  readonly count: number;
}

/** What a connection is told that enters a room. */
interface Recovery {
  readonly joined: Joined;
  /** What is sent behind it, oldest first. */
  readonly messages: readonly StoredMessage[];
}

/**
 * What a connection gets that enters a room, by what is kept of the room.
 * @param latestOnly whether only the newest message of the room counts
 * @throws {WireError} BAD_REQUEST for an offset that nobody can have received, UNKNOWN_EPOCH with
 *   `strict`
 */
export function recover(
  room: string,
  options: JoinOptions,
  page: HistoryPage,
  latestOnly: boolean,
): Recovery {
  const { since, latest = latestOnly ? 1 : 0 } = options;
  const { epoch, offset } = page;
  if (options.strict === true && since !== undefined && since.epoch !== epoch)
    throw unknownEpoch(room);
  const missed = since === undefined ? undefined : missedSince(since, page, latestOnly);
  const messages = missed ?? (latest > 0 ? page.messages.slice(-latest) : []);
  const at = { room, epoch, offset, count: messages.length };
  const joined: Joined = since === undefined ? at : { ...at, recovered: missed !== undefined };
  return { joined, messages };
}

/** What somebody who was at `since` has missed; undefined when some of it is lost. */
function missedSince(
  since: Since,
  { epoch, offset, messages }: HistoryPage,
  latestOnly: boolean,
): readonly StoredMessage[] | undefined {
  if (since.epoch === epoch && since.offset > offset) throw forged();
  if (latestOnly) {
    const known = since.epoch === epoch && since.offset === offset;
    if (known) return [];
    return messages.length > 0 ? messages.slice(-1) : undefined;
  }
  if (since.epoch !== epoch) return undefined;
  const first = offset - messages.length + 1;
  if (since.offset + 1 < first) return undefined;
  return messages.slice(since.offset + 1 - first);
}

function unknownEpoch(room: string): WireError {
  return new WireError(
    ErrorCode.UnknownEpoch,
    'Cannot recover: the history of the room has begun anew',
    { details: { room, recovered: false } },
  );
}

function forged(): WireError {
  return new WireError(
    ErrorCode.BadRequest,
    'Cannot recover: the offset is past the newest message of the room',
  );
}
