import { useEffect, useSyncExternalStore } from 'react';
import type { Client, Contract, Room } from '#client';
import { visitOf, type RoomStanding } from './room-visit.js';

export type UseRoom<C extends Contract> = RoomStanding & {
  /** For `useEvent`, `usePresence`, and all else that a room does. */
  readonly room: Room<C>;
};

export interface UseRoomOptions {
  /** False: not entered, or left. Default true. */
  readonly enabled?: boolean | undefined;
}

const ON_SERVER: RoomStanding = { status: 'joining', error: undefined, recovered: undefined };

/**
 * Is in a room as long as the component is shown. Several components of one room are in it once; it is left
 * with the last of them.
 */
export function useRoom<C extends Contract>(
  client: Client<C>,
  name: string,
  { enabled = true }: UseRoomOptions = {},
): UseRoom<C> {
  const room = client.room(name);
  const { store, held } = visitOf(client, room);
  useEffect(() => (enabled ? held.take() : undefined), [enabled, held]);
  const standing = useSyncExternalStore(store.subscribe, store.get, () => ON_SERVER);
  return { ...standing, room };
}
