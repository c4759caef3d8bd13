import type { AnyContract, Contract } from '#contract';
import type { Client } from './client.js';
import type { ClientOptions } from './connection/client-options.js';

/** Connects to a path of a Nestwire server. */
export function connect<C extends Contract = AnyContract>(
  url: string | URL,
  options: ClientOptions = {},
): Client<C> {
  throw new Error(`Cannot connect yet: ${String(url)} ${Object.keys(options).join()}`);
}
