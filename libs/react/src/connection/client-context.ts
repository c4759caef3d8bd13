import { createContext, createElement, useContext, type ReactElement, type ReactNode } from 'react';
import type { AnyContract, Client, Contract } from '#client';

const ClientContext = createContext<Client | undefined>(undefined);

export interface ClientProviderProps<C extends Contract> {
  readonly client: Client<C>;
  readonly children?: ReactNode;
}

/** Hands a client to all components below; `useClient` gives it to them. */
export function ClientProvider<C extends Contract>({
  client,
  children,
}: ClientProviderProps<C>): ReactElement {
  // A context has one type, and each application its contract: `useClient` names it again.
  const value = client as unknown as Client;
  return createElement(ClientContext.Provider, { value }, children);
}

/**
 * The client of the nearest `ClientProvider`.
 * @throws {Error} where there is none
 */
export function useClient<C extends Contract = AnyContract>(): Client<C> {
  const client = useContext(ClientContext);
  if (client === undefined) {
    throw new Error('Cannot use a client: there is no ClientProvider above this component');
  }
  return client as unknown as Client<C>;
}
