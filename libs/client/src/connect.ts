import type { AnyContract, Contract } from '#contract';
import type { Client } from './client.js';
import { FullClient } from './full-client.js';
import type { ClientOptions } from './connection/client-options.js';

/**
 * Connects to a path of a Nestwire server, and comes back whenever the connection is lost.
 *
 * ```ts
 * const board = connect<Board>('/board', { token: () => session.token });
 * board.on('moved', (card) => show(card));
 * await board.call('move', { card: 'a', to: 'done' });
 * ```
 *
 * @param url absolute, or relative to the page; `http` becomes `ws`
 * @throws {TypeError} for a URL that is none, and for options that are none
 */
export function connect<C extends Contract = AnyContract>(
  url: string | URL,
  options: ClientOptions = {},
): Client<C> {
  // The core knows events by their names alone; what they carry is in the contract.
  return new FullClient(url, options) as unknown as Client<C>;
}
