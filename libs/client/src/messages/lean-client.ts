import type {
  AnyContract,
  CallAnswer,
  CallData,
  CallName,
  Contract,
  EventData,
  EventName,
} from '#contract';
import type { ClientState } from '../connection/client-state.js';
import type { Off } from '../support/off.js';
import type { EventInfo } from './event-info.js';

/** Data may be left out where the contract lets it be undefined. */
export type Rest<D, O> = undefined extends D ? [data?: D, options?: O] : [data: D, options?: O];

export interface CallOptions {
  /** Milliseconds from the call to its answer, waiting for a connection included; default `callTimeout`. */
  readonly timeout?: number | undefined;
  /** Gives up when it aborts, and tells the server. */
  readonly signal?: AbortSignal | undefined;
  /**
   * True, or a string of 1 to 128 characters: the server handles the call once, however often it is
   * sent, so it is sent again after a reconnect. Default `idempotent`.
   */
  readonly key?: boolean | string | undefined;
  /** Whether it may wait for a connection; default true. */
  readonly queue?: boolean | undefined;
}

export interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether it may wait for a connection; default true. */
  readonly queue?: boolean | undefined;
  readonly volatile?: false | undefined;
}

/** How long an event is waited for. */
export interface OnceOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; default without end. */
  readonly timeout?: number | undefined;
}

/** What was counted. */
export interface ClientStats {
  /** Messages of the server that were no frames of this wire, or answers nobody waits for. */
  readonly ignored: number;
}

/**
 * A connection to one path that comes back by itself, with no more than what every page needs; `room`,
 * `stream`, `once` and the others are functions that take it.
 */
export interface LeanClient<C extends Contract = AnyContract> {
  readonly state: ClientState;
  readonly stats: ClientStats;
  /** Told of each change. */
  onState(listener: (state: ClientState) => void): Off;
  /**
   * Resolves when messages flow.
   * @throws {ClientError} REFUSED, SIGNED_OUT, CLOSED when it comes to that; ABORTED
   */
  opened(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;

  on<N extends EventName<C>>(
    event: N,
    listener: (data: EventData<C, N>, info: EventInfo) => void,
  ): Off;
  /** Sends and waits for the answer. @throws {ClientError} see its codes */
  call<N extends CallName<C>>(
    event: N,
    ...rest: Rest<CallData<C, N>, CallOptions>
  ): Promise<CallAnswer<C, N>>;
  /**
   * Sends, and wants no answer. Resolves when the message was handed to the socket. A volatile one is
   * sent now or never: it returns whether it was.
   */
  send<N extends CallName<C>>(
    event: N,
    data: CallData<C, N>,
    options: { readonly volatile: true },
  ): boolean;
  send<N extends CallName<C>>(event: N, ...rest: Rest<CallData<C, N>, SendOptions>): Promise<void>;
  /** Connects at once: instead of waiting, or again after refused, signed-out and closed. */
  connect(): void;
  /** Closes it for good; what waits is rejected with CLOSED. */
  close(code?: number, reason?: string): void;
  /** Drops the connection, if there is one, and connects at once. */
  reconnect(): void;
}
