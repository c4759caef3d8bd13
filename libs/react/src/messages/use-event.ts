import { useEffect } from 'react';
import type { Client, Contract, EventData, EventInfo, EventName, Room } from '#client';
import { useLatest } from '../support/use-latest.js';

/**
 * Hears an event of a client, or of a room's history, as long as the component is shown. The handler of the latest render is called; another one
 * does not subscribe again.
 */
export function useEvent<C extends Contract, N extends EventName<C>>(
  source: Client<C> | Room<C>,
  event: N,
  handler: (data: EventData<C, N>, info: EventInfo) => void,
): void {
  const latest = useLatest(handler);
  useEffect(
    () => source.on(event, (data, info) => latest.current(data, info)),
    [source, event, latest],
  );
}
