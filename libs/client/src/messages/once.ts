import type { Contract, EventData, EventName } from '#contract';
import { ClientError } from '../support/client-error.js';
import { settle } from '../support/settle.js';
import { innerOf } from './inner.js';
import type { LeanClient, OnceOptions } from './lean-client.js';

/**
 * The next event of that name.
 * @throws {ClientError} TIMEOUT, ABORTED, and what ends the client
 */
export function once<C extends Contract, N extends EventName<C>>(
  client: LeanClient<C>,
  event: N,
  { signal, timeout }: OnceOptions = {},
): Promise<EventData<C, N>> {
  const { clock, onStop, stopped } = innerOf(client);
  return settle(signal, (resolve, reject) => {
    const offs = [client.on(event, resolve), onStop(reject)];
    if (timeout !== undefined) {
      const late = new ClientError('TIMEOUT', `No ${event} in time`);
      offs.push(clock.after(timeout, () => reject(late)));
    }
    const error = stopped();
    if (error !== undefined) reject(error);
    return offs;
  });
}
