import type { AnyContract, Contract } from '#contract';
import { ClientCore } from './client-core.js';
import type { ClientOptions } from './connection/client-options.js';
import type { LeanClient } from './messages/lean-client.js';

/**
 * As `connect`, for pages that count bytes: rooms, streams and questions of the server are functions,
 * `room(client, name)`, `stream(client, event, data)` and `onAsk(client, event, handler)`, which bundlers
 * leave out where they are not used.
 *
 * @throws {TypeError} for a URL that is none, and for options that are none
 */
export function connectLean<C extends Contract = AnyContract>(
  url: string | URL,
  options: ClientOptions = {},
): LeanClient<C> {
  return new ClientCore(url, options) as unknown as LeanClient<C>;
}
