import { useState, useSyncExternalStore } from 'react';
import type { CallAnswer, CallData, CallName, CallOptions, Client, Contract } from '#client';
import { useLatest } from '../support/use-latest.js';
import { Calls, type Standing } from './calls.js';

export type UseCall<D, A> = Standing<A> & {
  /**
   * Calls. What it rejects with stands in `error`, too: nobody has to catch it. When it is called again
   * before there is an answer, both are made, and what stands here is of the later one.
   */
  readonly run: (...given: undefined extends D ? [data?: D] : [data: D]) => Promise<A>;
  /** Gives up the latest call: its error is ABORTED. */
  readonly abort: () => void;
  /** Back to idle; a call that is under way goes on, and is not heard of. */
  readonly reset: () => void;
};

/**
 * A call that a component makes when it wants to, as for a button: nothing is called before `run`. `data`
 * is the last answer, until there is another one. A call goes on when the component has gone.
 */
export function useCall<C extends Contract, N extends CallName<C>>(
  client: Client<C>,
  event: N,
  options: Omit<CallOptions, 'signal'> = {},
): UseCall<CallData<C, N>, CallAnswer<C, N>> {
  type Answer = CallAnswer<C, N>;
  const make = (signal: AbortSignal, data?: CallData<C, N>): Promise<Answer> =>
    client.call(event, ...([data, { ...options, signal }] as never));
  const latest = useLatest(make);
  const [calls] = useState(
    () => new Calls<[data?: CallData<C, N>], Answer>((...given) => latest.current(...given)),
  );
  const { store, run, abort, reset } = calls;
  const standing = useSyncExternalStore(store.subscribe, store.get, store.get);
  return { ...standing, run, abort, reset };
}
