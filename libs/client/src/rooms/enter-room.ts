import type { Contract } from '#contract';
import { innerOf } from '../messages/inner.js';
import type { LeanClient } from '../messages/lean-client.js';
import { fields } from '../wire/exception.js';
import type { Frame } from '../wire/frame.js';
import { GAP_EVENT, JOINED_EVENT, PRESENCE_EVENT } from '../wire/wire-events.js';
import { kJoined, kLost, kOpened, kPeople, kStop, kTake, RoomCore } from './room-core.js';
import type { Room } from './room.js';

const known = new WeakMap<object, Map<string, RoomCore>>();

/** The room of that name; the same object each time. Nothing is entered before `join`. */
export function room<C extends Contract>(client: LeanClient<C>, name: string): Room<C> {
  let rooms = known.get(client);
  if (rooms === undefined) known.set(client, (rooms = watch(client)));
  let found = rooms.get(name);
  if (found === undefined) {
    const { clock, report, stopped } = innerOf(client);
    const call = client.call.bind(client) as unknown as RoomHostCall;
    found = new RoomCore(name, {
      call: (event, data, signal) => call(event, data, { signal, queue: false, key: false }),
      after: (milliseconds, run) => clock.after(milliseconds, run),
      random: () => clock.random(),
      isOpen: () => client.state.name === 'open',
      stopped,
      report,
    });
    rooms.set(name, found);
  }
  return found as unknown as Room<C>;
}

type RoomHostCall = (event: string, data: unknown, options: object) => Promise<unknown>;

/** Hands the rooms of a client what is theirs. */
function watch(client: LeanClient): Map<string, RoomCore> {
  const rooms = new Map<string, RoomCore>();
  const { onTake, onOpen, onLost, onStop } = innerOf(client);
  onTake((frame) => taken(rooms, frame));
  onOpen(() => rooms.forEach((each) => each[kOpened]()));
  onLost(() => rooms.forEach((each) => each[kLost]()));
  onStop((error) => rooms.forEach((each) => each[kStop](error)));
  return rooms;
}

/** @returns whether it is nobody else's */
function taken(rooms: Map<string, RoomCore>, frame: Frame): boolean {
  const { event, data, id, at } = frame;
  if (id !== undefined) return false;
  const found = rooms.get(String(at?.room ?? fields(data)['room']));
  if (event === JOINED_EVENT) found?.[kJoined](data);
  else if (event === PRESENCE_EVENT) found?.[kPeople].apply(data);
  else return at !== undefined || event === GAP_EVENT ? found?.[kTake](frame) === false : false;
  return true;
}
