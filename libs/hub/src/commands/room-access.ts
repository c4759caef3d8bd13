import type { AnyContract, Contract, PresenceOf } from '#contract';
import type { Connection } from '../connection/connection.js';
import type { MessageHandler } from '../dispatch/message-router.js';
import type { History } from '../history/history.js';
import { readSince } from '../history/position.js';
import { whenKnown, type MaybePromise } from '../support/maybe-promise.js';
import type { Presence } from '../presence/presence.js';
import { JOIN_EVENT, LEAVE_EVENT } from '../wire/envelope.js';
import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';
import { inTime } from '../support/in-time.js';
import { EnteredRooms } from './entered-rooms.js';
import { checkRoomName, type Rooms } from '../rooms/rooms.js';

/** Milliseconds `canJoin` may take. */
const DECISION_TIMEOUT = 10_000;

/** What comes with a room that a client enters by itself. */
export interface RoomGrant<C extends Contract = AnyContract> {
  /** How many of the newest messages a newcomer gets; default 0. */
  readonly latest?: number | undefined;
  /** Whether the client is present in the room, and told who else is. Default false. */
  readonly presence?: boolean | undefined;
  /** Said about the person to everybody in the room, with `presence`. */
  readonly meta?: PresenceOf<C> | undefined;
}

/** Who may enter which room with `$join`. Without it clients are put into rooms by handlers alone. */
export interface RoomAccess {
  /**
   * @returns true or what comes with the room to let the client in; false refuses with FORBIDDEN,
   *   and what it throws is the answer, too
   */
  canJoin(connection: Connection, room: string): MaybePromise<boolean | RoomGrant>;
}

interface Services {
  readonly rooms: Rooms;
  readonly history: History;
  readonly presence: Presence;
}

/**
 * The handlers of `$join` and `$leave`. A client leaves what it has entered by itself, or might. A join that is refused, for whatever reason, changes nothing;
 * after UNKNOWN_EPOCH the client joins again without a position.
 */
export function roomHandlers(access: RoomAccess, services: Services): MessageHandler[] {
  const { rooms, history, presence } = services;
  const entered = new EnteredRooms(rooms);
  return [
    {
      event: JOIN_EVENT,
      timeout: DECISION_TIMEOUT,
      wantsSignal: true,
      async handle(connection, data, _message, signal) {
        const { room, epoch, offset } = fields(data);
        checkRoomName(room);
        const since = readSince(epoch, offset);
        const granted = await access.canJoin(connection, room);
        // The client has been told that the time was up, or wants it no more.
        signal?.throwIfAborted();
        if (granted === false) throw forbidden();
        const grant: RoomGrant = granted === true ? {} : granted;
        const already = rooms.has(connection, room);
        const joined = await history.join(connection, room, {
          since,
          latest: grant.latest,
          strict: true,
          signal,
        });
        if (grant.presence !== true) {
          entered.add(connection, room);
          return joined;
        }
        try {
          const tracked = presence.track(connection, room, grant.meta);
          await inTime(tracked, DECISION_TIMEOUT, late, signal);
          entered.add(connection, room);
        } catch (error) {
          // What is answered with an exception has not taken place.
          if (!already) rooms.leave(connection, room);
          throw error;
        }
        return joined;
      },
    },
    {
      event: LEAVE_EVENT,
      timeout: DECISION_TIMEOUT,
      wantsSignal: true,
      handle(connection, data, _message, signal) {
        const { room } = fields(data);
        checkRoomName(room);
        if (!rooms.has(connection, room)) throw notEntered();
        const leave = (mayLeave: boolean | RoomGrant): { room: string } => {
          signal?.throwIfAborted();
          if (mayLeave !== false && rooms.leave(connection, room)) return { room };
          // The same as for a room it is not in: it need not know which lists it is on.
          throw notEntered();
        };
        if (entered.has(connection, room)) return leave(true);
        // The server has put it there. What it may enter it may leave; anything else is not its choice.
        return whenKnown(access.canJoin(connection, room), leave);
      },
    },
  ];
}

function fields(data: unknown): Partial<Record<'room' | 'epoch' | 'offset', unknown>> {
  return typeof data === 'object' && data !== null ? data : {};
}

function late(): WireError {
  return new WireError(ErrorCode.Timeout, 'Cannot join room: the store of presence takes too long');
}

function notEntered(): WireError {
  return new WireError(ErrorCode.NotFound, 'Cannot leave room: the client is not in it');
}

function forbidden(): WireError {
  return new WireError(ErrorCode.Forbidden, 'Cannot join room: the client may not enter it');
}
