import type {
  AnyContract,
  CallAnswer,
  CallData,
  CallName,
  Contract,
  EventData,
  EventName,
  QuestionAnswer,
  QuestionData,
  QuestionName,
  StreamData,
  StreamItem,
  StreamName,
} from '#contract';
import type { ClientState } from './connection/client-state.js';
import type { EventInfo } from './messages/event-info.js';
import type { Room } from './rooms/room.js';
import type { Off } from './support/off.js';

/** Data may be left out where the contract lets it be undefined. */
type Rest<D, O> = undefined extends D ? [data?: D, options?: O] : [data: D, options?: O];

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

export interface StreamOptions<D, T> {
  readonly signal?: AbortSignal | undefined;
  /**
   * Asks again after a reconnect, instead of ending with DISCONNECTED: true with the same data, a
   * function with what it makes of the last item.
   */
  readonly resume?: boolean | ((last: T | undefined) => D) | undefined;
}

/** What was counted. */
export interface ClientStats {
  /** Messages of the server that were no frames of this wire, or answers nobody waits for. */
  readonly ignored: number;
}

/** A connection to one path that comes back by itself. */
export interface Client<C extends Contract = AnyContract> {
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
  /** @throws {ClientError} TIMEOUT, ABORTED, and what ends the client */
  once<N extends EventName<C>>(
    event: N,
    options?: { readonly signal?: AbortSignal | undefined; readonly timeout?: number | undefined },
  ): Promise<EventData<C, N>>;
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
  /** Asked when the first item is; leaving the loop cancels it at the server. */
  stream<N extends StreamName<C>>(
    event: N,
    ...rest: Rest<StreamData<C, N>, StreamOptions<StreamData<C, N>, StreamItem<C, N>>>
  ): AsyncIterableIterator<StreamItem<C, N>, undefined>;
  /** Answers questions of the server; the signal aborts when the connection is lost. One handler an event. */
  onAsk<N extends QuestionName<C>>(
    event: N,
    handler: (
      data: QuestionData<C, N>,
      how: { readonly signal: AbortSignal },
    ) => QuestionAnswer<C, N> | Promise<QuestionAnswer<C, N>>,
  ): Off;
  /** The room of that name; the same object each time. */
  room(name: string): Room<C>;

  /** Connects at once: instead of waiting, or again after refused, signed-out and closed. */
  connect(): void;
  /** Closes it for good; what waits is rejected with CLOSED. */
  close(code?: number, reason?: string): void;
  /** Drops the connection, if there is one, and connects at once. */
  reconnect(): void;
}
