import { useState, useSyncExternalStore } from 'react';
import type {
  Client,
  Contract,
  UploadAnswer,
  UploadData,
  UploadName,
  UploadOptions,
  UploadProgress,
  UploadSource,
} from '#client';
import { Store } from '../support/store.js';
import { useLatest } from '../support/use-latest.js';
import { Calls, type Standing } from './calls.js';

export type UseUpload<D, A> = Standing<A> & {
  /** How far the latest upload has come; undefined before the server has said so. */
  readonly progress: UploadProgress | undefined;
  /**
   * Uploads. What it rejects with stands in `error`, too: nobody has to catch it. When it is called again
   * before there is an answer, both are sent, and what stands here is of the later one.
   */
  readonly run: (
    source: UploadSource,
    ...given: undefined extends D ? [data?: D] : [data: D]
  ) => Promise<A>;
  /** Gives up the latest upload, and tells the server: its error is ABORTED. */
  readonly abort: () => void;
  /** Back to idle; an upload that is under way goes on, and is not heard of. */
  readonly reset: () => void;
};

/**
 * An upload that a component makes when it wants to, as for a chosen file: nothing is sent before `run`. `data`
 * is the last answer, until there is another one. An upload goes on when the component has gone.
 */
export function useUpload<C extends Contract, N extends UploadName<C>>(
  client: Client<C>,
  event: N,
  options: Omit<UploadOptions, 'signal'> = {},
): UseUpload<UploadData<C, N>, UploadAnswer<C, N>> {
  type Answer = UploadAnswer<C, N>;
  const make = (
    source: UploadSource,
    data: UploadData<C, N> | undefined,
    how: UploadOptions,
  ): Promise<Answer> => client.upload(event, source, ...([data, { ...options, ...how }] as never));
  const latest = useLatest({ make, told: options.onProgress });
  const [uploads] = useState(() => {
    const progress = new Store<UploadProgress | undefined>(undefined);
    const calls = new Calls<[source: UploadSource, data?: UploadData<C, N>], Answer>(
      (signal, source, data) => {
        progress.set(undefined);
        const onProgress = (now: UploadProgress): void => {
          if (calls.isLatest(signal)) progress.set(now);
          latest.current.told?.(now);
        };
        return latest.current.make(source, data, { signal, onProgress });
      },
    );
    const reset = (): void => {
      calls.reset();
      progress.set(undefined);
    };
    return { progress, calls, reset };
  });
  const { calls, progress, reset } = uploads;
  const { store, run, abort } = calls;
  const standing = useSyncExternalStore(store.subscribe, store.get, store.get);
  const now = useSyncExternalStore(progress.subscribe, progress.get, progress.get);
  return { ...standing, progress: now, run, abort, reset };
}
