import { useEffect, useState, useSyncExternalStore } from 'react';
import {
  ClientError,
  type Client,
  type Contract,
  type StreamData,
  type StreamItem,
  type StreamName,
  type StreamOptions,
} from '#client';
import { Store } from '../support/store.js';
import { useLatest } from '../support/use-latest.js';
import { whileTried } from '../support/while-tried.js';

/** So many of the newest items are kept where the component does not say. */
const KEPT = 100;

export interface UseStreamOptions<D, T> extends Pick<StreamOptions<D, T>, 'resume'> {
  /** False: not asked, or no more. Default true. */
  readonly enabled?: boolean | undefined;
  /** How many of the newest items `items` has; default 100. */
  readonly keep?: number | undefined;
}

export interface UseStream<T> {
  /** `waiting`: nothing is asked yet, or nothing has come. */
  readonly status: 'waiting' | 'streaming' | 'done' | 'error';
  /** The newest, oldest first. */
  readonly items: readonly T[];
  readonly last: T | undefined;
  readonly error: ClientError | undefined;
}

const NOTHING: UseStream<never> = {
  status: 'waiting',
  items: [],
  last: undefined,
  error: undefined,
};

/**
 * Many answers to one message, as long as the component is shown; then it is cancelled at the server. Asked
 * again when the data is another one, compared as JSON.
 */
export function useStream<C extends Contract, N extends StreamName<C>>(
  client: Client<C>,
  event: N,
  ...rest: undefined extends StreamData<C, N>
    ? [data?: StreamData<C, N>, options?: UseStreamOptions<StreamData<C, N>, StreamItem<C, N>>]
    : [data: StreamData<C, N>, options?: UseStreamOptions<StreamData<C, N>, StreamItem<C, N>>]
): UseStream<StreamItem<C, N>> {
  type Item = StreamItem<C, N>;
  const [data, options = {}] = rest as [unknown?, UseStreamOptions<unknown, unknown>?];
  const { enabled = true, keep = KEPT, resume } = options;
  const latest = useLatest({ data, keep, resume });
  const [store] = useState(() => new Store<UseStream<Item>>(NOTHING));
  const asked = JSON.stringify(data);
  useEffect(() => {
    if (!enabled) return undefined;
    const ask = (): AsyncIterableIterator<Item> => {
      const { data: now, resume: again } = latest.current;
      return client.stream(event, ...([now, { resume: again }] as never));
    };
    const run = (): (() => void) => {
      store.set(NOTHING);
      return read(ask, store, () => latest.current.keep);
    };
    return whileTried(client, run, true);
  }, [client, event, asked, enabled, store, latest]);
  return useSyncExternalStore(store.subscribe, store.get, () => NOTHING);
}

/** @returns ends it */
function read<T>(
  ask: () => AsyncIterableIterator<T>,
  store: Store<UseStream<T>>,
  keep: () => number,
): () => void {
  let ended = false;
  let items: AsyncIterableIterator<T> | undefined;
  const tell = (change: Partial<UseStream<T>>): void => {
    if (!ended) store.set({ ...store.get(), ...change });
  };
  void (async () => {
    // StrictMode ends it in the same turn, and nothing has been asked then.
    await Promise.resolve();
    if (ended) return;
    try {
      items = ask();
      for await (const item of items) {
        const kept = keep() > 0 ? [...store.get().items, item].slice(-keep()) : [];
        tell({ status: 'streaming', items: kept, last: item });
      }
      tell({ status: 'done' });
    } catch (cause) {
      const error =
        cause instanceof ClientError
          ? cause
          : new ClientError('BAD_REQUEST', String(cause), { cause });
      tell({ status: 'error', error });
    }
  })();
  return () => {
    ended = true;
    void items?.return?.();
  };
}
