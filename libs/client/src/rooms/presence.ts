import type { Contract, PresenceOf } from '#contract';
import type { Off } from '../support/off.js';
import type { Person } from './people.js';
import { kPeople, type RoomCore } from './room-core.js';
import type { Room } from './room.js';

/** Who is in a room. While the client comes back it stays as it was; nobody is there for one that has stopped, or is not let in again. */
export interface RoomPresence<M> {
  /** By their key; the same map until somebody comes, changes or leaves. */
  readonly people: ReadonlyMap<string, Person<M>>;
  onChange(listener: (people: ReadonlyMap<string, Person<M>>) => void): Off;
}

/** The people of a room whose `@CanJoin` grants presence. */
export function presence<C extends Contract>(room: Room<C>): RoomPresence<PresenceOf<C>> {
  const { [kPeople]: people } = room as unknown as RoomCore;
  type People = ReadonlyMap<string, Person<PresenceOf<C>>>;
  return {
    get people() {
      return people.all as People;
    },
    onChange: (listener) => people.onChange((all) => listener(all as People)),
  };
}
