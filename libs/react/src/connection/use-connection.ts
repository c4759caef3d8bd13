import { useCallback, useSyncExternalStore } from 'react';
import type { Client, ClientState, Contract } from '#client';

/** What a page that is rendered on a server says. */
const ON_SERVER: ClientState = { name: 'connecting', attempt: 1 };

/** Where the client stands; the component is rendered with each change. */
export function useConnection<C extends Contract>(client: Client<C>): ClientState {
  const subscribe = useCallback((changed: () => void) => client.onState(changed), [client]);
  return useSyncExternalStore(
    subscribe,
    () => client.state,
    () => ON_SERVER,
  );
}
