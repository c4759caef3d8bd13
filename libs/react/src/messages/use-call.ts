import { useState, useSyncExternalStore } from 'react';
import {
  ClientError,
  type CallAnswer,
  type CallData,
  type CallName,
  type CallOptions,
  type Client,
  type Contract,
} from '#client';
import { Store } from '../support/store.js';
import { useLatest } from '../support/use-latest.js';

/** How the latest call of a `useCall` stands. */
type Standing<A> =
  | { readonly status: 'idle'; readonly data: undefined; readonly error: undefined }
  | { readonly status: 'pending'; readonly data: A | undefined; readonly error: undefined }
  | { readonly status: 'success'; readonly data: A; readonly error: undefined }
  | { readonly status: 'error'; readonly data: A | undefined; readonly error: ClientError };

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

const IDLE = { status: 'idle', data: undefined, error: undefined } as const;

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
  const make = (data: CallData<C, N>, signal: AbortSignal): Promise<Answer> =>
    client.call(event, ...([data, { ...options, signal }] as never));
  const latest = useLatest(make);
  const [calls] = useState(
    () => new Calls<CallData<C, N>, Answer>((data, signal) => latest.current(data, signal)),
  );
  const { store, run, abort, reset } = calls;
  const standing = useSyncExternalStore(store.subscribe, store.get, store.get);
  return { ...standing, run, abort, reset };
}

class Calls<D, A> {
  readonly store = new Store<Standing<A>>(IDLE);
  readonly #make: (data: D, signal: AbortSignal) => Promise<A>;
  #current = new AbortController();

  constructor(make: (data: D, signal: AbortSignal) => Promise<A>) {
    this.#make = make;
  }

  readonly run = (data?: D): Promise<A> => {
    const controller = new AbortController();
    this.#current = controller;
    this.store.set({ status: 'pending', data: this.store.get().data, error: undefined });
    const answer = this.#call(data as D, controller);
    answer.catch(() => {});
    return answer;
  };

  readonly abort = (): void => this.#current.abort();

  readonly reset = (): void => {
    this.#current = new AbortController();
    this.store.set(IDLE);
  };

  async #call(data: D, controller: AbortController): Promise<A> {
    const tell = (standing: Standing<A>): void => {
      if (this.#current === controller) this.store.set(standing);
    };
    try {
      const answer = await this.#make(data, controller.signal);
      tell({ status: 'success', data: answer, error: undefined });
      return answer;
    } catch (cause) {
      const error =
        cause instanceof ClientError
          ? cause
          : new ClientError('BAD_REQUEST', String(cause), { cause });
      tell({ status: 'error', data: this.store.get().data, error });
      throw error;
    }
  }
}
