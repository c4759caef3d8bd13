import { useMemo, useSyncExternalStore } from 'react';
import { presence, type Contract, type Person, type PresenceOf, type Room } from '#client';

const NOBODY: ReadonlyMap<string, never> = new Map<string, never>();

/** Who is in the room, by key; the same map until somebody comes, changes or leaves. */
export function usePresence<C extends Contract>(
  room: Room<C>,
): ReadonlyMap<string, Person<PresenceOf<C>>> {
  const { subscribe, people } = useMemo(() => {
    const there = presence(room);
    return {
      subscribe: (changed: () => void) => there.onChange(changed),
      people: () => there.people,
    };
  }, [room]);
  return useSyncExternalStore(subscribe, people, () => NOBODY);
}
