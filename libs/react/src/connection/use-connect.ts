import { useEffect, useState } from 'react';
import { connect, type AnyContract, type Client, type ClientOptions, type Contract } from '#client';
import { Held } from '../support/held.js';

/**
 * A client that lives as long as the component: it connects when the component is shown, and is closed when
 * the component has gone. Address and options are those of the first render; another `key` of the component
 * makes another client.
 * @throws {TypeError} for a URL that is none, and for options that are none
 */
export function useConnect<C extends Contract = AnyContract>(
  url: string | URL,
  options: Omit<ClientOptions, 'autoConnect'> = {},
): Client<C> {
  const [{ client, held }] = useState(() => {
    // Rendering must not connect: what is rendered may never be shown.
    const made = connect<C>(onServer(url), { ...options, autoConnect: false });
    const begin = (): void => made.connect();
    return { client: made, held: new Held(begin, () => made.close()) };
  });
  useEffect(held.take, [held]);
  return client;
}

/** Where a page is rendered on a server, nothing connects, and an address that is relative to it is none. */
function onServer(url: string | URL): string | URL {
  const isPage = 'location' in globalThis;
  return isPage || /^[a-z]+:/i.test(String(url)) ? url : new URL(url, 'ws://localhost');
}
