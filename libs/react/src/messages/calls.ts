import { ClientError } from '#client';
import { Store } from '../support/store.js';

/** How the latest call of a component stands. */
export type Standing<A> =
  | { readonly status: 'idle'; readonly data: undefined; readonly error: undefined }
  | { readonly status: 'pending'; readonly data: A | undefined; readonly error: undefined }
  | { readonly status: 'success'; readonly data: A; readonly error: undefined }
  | { readonly status: 'error'; readonly data: A | undefined; readonly error: ClientError };

const IDLE = { status: 'idle', data: undefined, error: undefined } as const;

/** The calls of one component, of which the latest is shown. */
export class Calls<G extends readonly unknown[], A> {
  readonly store = new Store<Standing<A>>(IDLE);
  readonly #make: (signal: AbortSignal, ...given: G) => Promise<A>;
  #current = new AbortController();

  constructor(make: (signal: AbortSignal, ...given: G) => Promise<A>) {
    this.#make = make;
  }

  readonly run = (...given: G): Promise<A> => {
    const controller = new AbortController();
    this.#current = controller;
    this.store.set({ status: 'pending', data: this.store.get().data, error: undefined });
    const answer = this.#call(controller, given);
    answer.catch(() => {});
    return answer;
  };

  readonly abort = (): void => this.#current.abort();

  readonly reset = (): void => {
    this.#current = new AbortController();
    this.store.set(IDLE);
  };

  /** Whether it is the call that is shown. */
  isLatest(signal: AbortSignal): boolean {
    return this.#current.signal === signal;
  }

  async #call(controller: AbortController, given: G): Promise<A> {
    const tell = (standing: Standing<A>): void => {
      if (this.#current === controller) this.store.set(standing);
    };
    try {
      const answer = await this.#make(controller.signal, ...given);
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
