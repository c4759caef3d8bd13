import type { Contract, StreamData, StreamItem, StreamName } from '#contract';
import { innerOf } from './inner.js';
import type { LeanClient, Rest } from './lean-client.js';
import { Stream } from './stream.js';
import type { StreamOptions } from './stream-options.js';

/**
 * Many answers to one message, for `for await`. Asked when the first item is; leaving the loop cancels it
 * at the server. An item that has come is never lost, and none comes twice, unless `resume` asks for it.
 */
export function stream<C extends Contract, N extends StreamName<C>>(
  client: LeanClient<C>,
  event: N,
  ...rest: Rest<StreamData<C, N>, StreamOptions<StreamData<C, N>, StreamItem<C, N>>>
): AsyncIterableIterator<StreamItem<C, N>, undefined> {
  const { ask, add, maxBuffered } = innerOf(client);
  const [data, { signal, resume = false } = {}] = rest as [
    unknown?,
    StreamOptions<unknown, unknown>?,
  ];
  const request = { event, data, signal, resume, most: maxBuffered, add };
  return new Stream({
    ...request,
    ask: (asked) => ask(event, asked),
  }) as AsyncIterableIterator<StreamItem<C, N>, undefined>;
}
