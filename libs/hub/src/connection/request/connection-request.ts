import { UsageError } from '#engine';
import { Phase } from '../state/phase.js';
import type { Askable } from './askable.js';
import { ask, Deadline } from './ask.js';
import { RequestError } from './request-error.js';
import { requestId } from './request-events.js';
import { timeoutOf, type RequestOptions } from './request-options.js';

/** See `Connection.request`. */
export async function requestOne(
  connection: Askable,
  event: string,
  data: unknown,
  options: RequestOptions,
): Promise<unknown> {
  const timeout = timeoutOf(options);
  if (connection.phase === Phase.Connecting) {
    throw new UsageError(
      'Cannot send request: nothing of a client is read before its connect hook has finished',
    );
  }
  const { signal } = options;
  signal?.throwIfAborted();
  const id = requestId();
  const waiting = ask(connection, id, () => connection.sendEnvelope({ event, data, id }));
  const deadline = new Deadline(timeout, signal, (reason) => {
    connection.requests?.settle(id, { answered: false, reason });
  });
  try {
    const outcome = await waiting;
    if (outcome.answered) return outcome.data;
    // As every function does that takes a signal.
    if (outcome.reason === 'cancelled') signal?.throwIfAborted();
    throw new RequestError(outcome.reason, event, outcome.data);
  } finally {
    deadline.lift();
  }
}
