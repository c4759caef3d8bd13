import type {
  AnyContract,
  CallAnswer,
  CallData,
  CallName,
  Contract,
  EventData,
  EventName,
  PresenceOf,
  QuestionAnswer,
  QuestionData,
  QuestionName,
  StreamData,
  StreamItem,
  StreamName,
  UploadAnswer,
  UploadData,
  UploadName,
} from '#contract';
import type { Off } from '../support/off.js';
import type { ClientCodec } from '../wire/client-codec.js';
import type { Frame } from '../wire/frame.js';
import type { WebSocketClass } from '../wire/web-socket.js';
import { ServerCore } from './server-core.js';

type Sent<D> = undefined extends D ? [data?: D] : [data: D];

/** One opening handshake, let in or not. */
export interface FakeAttempt {
  readonly url: string;
  /** What the client's `token` gave. */
  readonly token: string | undefined;
  /** The other subprotocols it has offered. */
  readonly protocols: readonly string[];
}

/** One connection, seen from the server. */
export interface FakeConnection<C extends Contract = AnyContract> {
  readonly id: string;
  readonly url: string;
  /** The latest: `reauthenticate` changes it. */
  readonly token: string | undefined;
  readonly protocol: string;
  readonly isOpen: boolean;
  /** All that has come, in order, `$ping` too. */
  readonly frames: readonly Frame[];
  /** The data of every message of that event. */
  received<N extends CallName<C>>(event: N): CallData<C, N>[];
  received<N extends StreamName<C>>(event: N): StreamData<C, N>[];
  received<N extends UploadName<C>>(event: N): UploadData<C, N>[];
  emit<N extends EventName<C>>(event: N, ...rest: Sent<EventData<C, N>>): void;
  /** @throws {ClientError} what the client answers instead; DISCONNECTED */
  ask<N extends QuestionName<C>>(
    event: N,
    ...rest: Sent<QuestionData<C, N>>
  ): Promise<QuestionAnswer<C, N>>;
  /** Ends it; without a code as a network does, 1006. */
  drop(code?: number, reason?: string): void;
}

/** With what a handler is called beside the data. */
export interface FakeRequest<C extends Contract = AnyContract> {
  readonly connection: FakeConnection<C>;
  /** Aborts when the client cancels, or is gone. */
  readonly signal: AbortSignal;
}

/** Bytes that a client sends with a call: read once, and sent no faster than that. */
export interface FakeUpload extends AsyncIterable<Uint8Array> {
  /** What the client has said; undefined where it does not know. */
  readonly size: number | undefined;
  /** Bytes that have come. */
  readonly received: number;
  /** All of it in one piece. */
  bytes(): Promise<Uint8Array>;
}

/** What a client gets with a room, as from a `@CanJoin` method. */
export interface FakeGrant<C extends Contract = AnyContract> {
  /** So many of the newest messages come with it; default 0. */
  readonly latest?: number | undefined;
  /** Whether it is told who is there. */
  readonly presence?: boolean | undefined;
  /** Said about the client to the others, with `presence`; without it the client is not listed. */
  readonly meta?: PresenceOf<C> | undefined;
  /** As whom it is listed; default the connection's id. */
  readonly key?: string | undefined;
}

/** A room of the server. */
export interface FakeRoom<C extends Contract = AnyContract> {
  readonly name: string;
  readonly members: readonly FakeConnection<C>[];
  /** To all members, with a place in the history, of which 100 messages are kept. */
  publish<N extends EventName<C>>(event: N, ...rest: Sent<EventData<C, N>>): void;
  /** The same without a place. */
  emit<N extends EventName<C>>(event: N, ...rest: Sent<EventData<C, N>>): void;
  /** Published, but lost between two servers: members are told of the gap. */
  lose<N extends EventName<C>>(event: N, ...rest: Sent<EventData<C, N>>): void;
  /** Of the history only the newest so many are left: who comes back from further away has lost some. */
  keep(count: number): void;
  /** The history is gone, and begins anew. */
  forget(): void;
  /** Somebody is there, or is said to be another. */
  enter(key: string, ...rest: Sent<PresenceOf<C>>): void;
  /** And is gone. */
  leave(key: string): void;
}

/** A server for tests: what it says and hears is what goes over the wire, and nothing goes over a network. */
export interface FakeServer<C extends Contract = AnyContract> {
  /** The class to connect with: `connect(url, { WebSocket: server.WebSocket })`. */
  readonly WebSocket: WebSocketClass;
  /** Every opening handshake so far. */
  readonly attempts: readonly FakeAttempt[];
  /** Those that are open, oldest first. */
  readonly connections: readonly FakeConnection<C>[];
  /** All that all clients have sent, in order, but for `$ping`. */
  readonly frames: readonly Frame[];
  /** The data of every message of that event. */
  received<N extends CallName<C>>(event: N): CallData<C, N>[];
  received<N extends StreamName<C>>(event: N): StreamData<C, N>[];
  received<N extends UploadName<C>>(event: N): UploadData<C, N>[];

  /** Answers calls; the handler given last holds. A `ClientError` that it throws is told to the client. */
  onCall<N extends CallName<C>>(
    event: N,
    handler: (
      data: CallData<C, N>,
      how: FakeRequest<C>,
    ) => CallAnswer<C, N> | PromiseLike<CallAnswer<C, N>>,
  ): Off;
  /** Answers with many; see `itemSource` for a stream that the test hands out. */
  onStream<N extends StreamName<C>>(
    event: N,
    handler: (
      data: StreamData<C, N>,
      how: FakeRequest<C>,
    ) => AsyncIterable<StreamItem<C, N>> | Iterable<StreamItem<C, N>>,
  ): Off;
  /**
   * Takes what clients upload; a client that comes back goes on with it in the same run. Reading fails when the
   * client cancels, and `signal` aborts then alone.
   */
  onUpload<N extends UploadName<C>>(
    event: N,
    handler: (
      upload: FakeUpload,
      data: UploadData<C, N>,
      how: FakeRequest<C>,
    ) => UploadAnswer<C, N> | PromiseLike<UploadAnswer<C, N>>,
  ): Off;
  /**
   * Decides who may enter which room, as `@CanJoin` does: false is FORBIDDEN. Without it everybody may,
   * and is told who is there.
   */
  onJoin(admit: (room: string, connection: FakeConnection<C>) => boolean | FakeGrant<C>): void;

  /** To all open connections. */
  emit<N extends EventName<C>>(event: N, ...rest: Sent<EventData<C, N>>): void;
  /** Asks the newest connection. */
  ask<N extends QuestionName<C>>(
    event: N,
    ...rest: Sent<QuestionData<C, N>>
  ): Promise<QuestionAnswer<C, N>>;
  /** The room of that name; the same object each time. */
  room(name: string): FakeRoom<C>;

  /**
   * Lets nobody in any more: with a status of HTTP, or whom a function gives one. Tokens that are renewed
   * are asked about, too.
   * @throws {RangeError} for a status below 400 or above 599
   */
  refuse(
    why: number | ((attempt: FakeAttempt) => number | undefined),
    more?: { readonly code?: string; readonly message?: string; readonly details?: unknown },
  ): void;
  /** Lets everybody in again. */
  admit(): void;
  /** Ends all connections; without a code as a network does, 1006. */
  drop(code?: number, reason?: string): void;
  /** Nothing arrives any more at either end, and nobody is told; what is sent waits. */
  silence(): void;
  /** What has waited arrives. */
  resume(): void;
  /** Sends everybody away with `$shutdown`, and is there again at once. */
  shutdown(how?: {
    readonly code?: number;
    readonly reason?: string;
    /** When to come back, in milliseconds; default 500, and 5,000. */
    readonly after?: number;
    readonly within?: number;
  }): void;
  /** Tells all clients that their session ends in so many milliseconds; default 60,000. */
  expire(milliseconds?: number): void;
  /** Resolves when all that was said has arrived, and was answered where that takes no time. */
  settled(): Promise<void>;
}

export interface FakeServerOptions {
  /** Default JSON. The client needs the same. */
  readonly codec?: ClientCodec | undefined;
  /** Told what handlers throw that is no `ClientError`; default `console.error`. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * A server in the memory of a test, for components that use a client.
 *
 * ```ts
 * const server = fakeServer<Board>();
 * server.onCall('move', ({ card, to }) => ({ card, to }));
 * const board = connect<Board>('ws://test/board', { WebSocket: server.WebSocket });
 * ```
 *
 * It has no timer: with fake ones, time passes for the client alone.
 */
export function fakeServer<C extends Contract = AnyContract>(
  options: FakeServerOptions = {},
): FakeServer<C> {
  return new ServerCore(options.codec, options.onError) as unknown as FakeServer<C>;
}
