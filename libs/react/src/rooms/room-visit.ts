import type { Client, ClientError, Contract, Recovered, Room } from '#client';
import { Held } from '../support/held.js';
import { Store } from '../support/store.js';
import { whileTried } from '../support/while-tried.js';

/** How a room is entered. */
export interface RoomStanding {
  /**
   * `joining` before the first answer, and while the client has stopped; `refused` when the server would not have
   * us, at first or after a reconnect.
   */
  readonly status: 'joining' | 'joined' | 'refused';
  readonly error: ClientError | undefined;
  /** How it was entered again the last time; `recovered: false` says that some messages are lost. */
  readonly recovered: Recovered | undefined;
}

const JOINING: RoomStanding = { status: 'joining', error: undefined, recovered: undefined };

/** What all components share that are in a room. */
interface RoomVisit {
  readonly store: Store<RoomStanding>;
  readonly held: Held;
}

const known = new WeakMap<object, RoomVisit>();

/** The visit of a room; the same each time. Nothing is entered before it is taken. */
export function visitOf<C extends Contract>(client: Client<C>, room: Room<C>): RoomVisit {
  const found = known.get(room);
  if (found !== undefined) return found;
  const store = new Store(JOINING);
  let end: (() => void) | undefined;
  const held = new Held(
    () => {
      end = enter(client, room, store);
    },
    () => end?.(),
  );
  const made = { store, held };
  known.set(room, made);
  return made;
}

/** @returns leaves it */
function enter<C extends Contract>(
  client: Client<C>,
  room: Room<C>,
  store: Store<RoomStanding>,
): () => void {
  let ended = false;
  const tell = (change: Partial<RoomStanding>): void => {
    if (!ended) store.set({ ...store.get(), ...change });
  };
  const offRecovered = room.onRecovered((recovered) => tell({ recovered }));
  const offRefused = room.onRefused((error) => tell({ status: 'refused', error }));
  const offTried = whileTried(client, () => {
    void room.join().then(
      () => tell({ status: 'joined', error: undefined }),
      // It was refused, which is told above, or the client has stopped: then it is entered when that tries again.
      () => {},
    );
    return () => tell({ status: 'joining', error: undefined });
  });
  return () => {
    tell(JOINING);
    ended = true;
    offRecovered();
    offRefused();
    offTried();
    void room.leave().catch(() => {});
  };
}
