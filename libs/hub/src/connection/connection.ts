import { ReadyState, SendResult } from '#engine';
import type * as Of from '#contract';
import { encodeEnvelope, type Codec } from '../wire/codec.js';
import { ConnectionCore, kCore } from './connection-core.js';
import { ConnectionIdentity } from './connection-identity.js';
import type { ConnectionOwner } from './connection-owner.js';
import type { ConnectionRef } from './connection-ref.js';
import type { HandshakeSnapshot } from './handshake-snapshot.js';
import { checkRawData, controlBytes } from './raw-data.js';
import { requestOne } from './request/connection-request.js';
import type { RequestOptions } from './request/request-options.js';
import { dropRule, type SendOptions } from './send-options.js';
import type { CloseInfo } from './state/connection-end.js';
import { sendOutcome } from './send-outcome.js';

const NONE: ReadonlySet<string> = new Set<string>();
const NO_BYTES = new Uint8Array(0);

/**
 * One client, from the accepted handshake to the close. Nearly everything it may need is made on
 * first use, because most connections are idle most of the time.
 * @typeParam C what its path speaks: names and data of events and questions, `user`, `data`. Default: anything.
 */
export class Connection<C extends Of.Contract = Of.AnyContract>
  extends ConnectionIdentity
  implements ConnectionRef
{
  /** Milliseconds since the epoch of the last message received; pings and pongs do not count. */
  lastActivity: number = this.connectedAt;

  /** @internal */
  declare readonly [kCore]: ConnectionCore<Connection>;

  constructor(owner: ConnectionOwner<Connection<C>>, codec: Codec, handshake: HandshakeSnapshot) {
    super();
    const core = new ConnectionCore<Connection<C>>(this, owner, codec, handshake);
    // Not enumerable: whatever copies the fields of a connection must not copy what its client sent.
    Object.defineProperty(this, kCore, { value: core });
  }

  /** Id of the node it is connected to: this one. */
  get node(): string {
    return this[kCore].owner.node ?? '';
  }

  /** What authentication attached, undefined before. Setting it signs the connection in or out. */
  get user(): Of.UserOf<C> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whether it may be undefined the contract says
    return this[kCore].user as Of.UserOf<C>;
  }

  set user(user: Of.UserOf<C> | undefined) {
    const core = this[kCore];
    core.user = user;
    core.owner.onUser?.(core.client);
  }

  /** The application's own, typed by it; starts as `{}`. */
  get data(): Of.DataOf<C> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is in it is the application's word
    return (this[kCore].data ??= {}) as Of.DataOf<C>;
  }

  /**
   * The rooms this connection is in. After the close it still lists those it was in then, for the
   * disconnect hook to say goodbye to, although it is a member of none any more.
   */
  get rooms(): ReadonlySet<string> {
    return this[kCore].joined ?? NONE;
  }

  /** The application's labels; see `ConnectionRegistry.tag`. */
  get tags(): ReadonlySet<string> {
    return this[kCore].tagged ?? NONE;
  }

  /** Connecting until the upgrade is accepted, then as in the WHATWG API. */
  get readyState(): ReadyState {
    return this[kCore].readyState;
  }

  /** Bytes sent that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return this[kCore].transport?.bufferedAmount ?? 0;
  }

  /** Milliseconds between the last ping and its pong, -1 before the first. */
  get latency(): number {
    return this[kCore].transport?.latency ?? -1;
  }

  /** Aborts when the connection closes. */
  get signal(): AbortSignal {
    const core = this[kCore];
    return core.end.signal(core.closeInfo);
  }

  /** Settles when the connection has closed, however that came about; never rejects. */
  get closed(): Promise<CloseInfo> {
    const core = this[kCore];
    return core.end.closed(core.closeInfo);
  }

  /**
   * Sends an event through the connection's codec.
   * @param options what happens when the peer reads too slowly; default the endpoint's policy
   * @returns what became of it; CLOSED without encoding when the connection is not open.
   * @throws {EncodeError} for data the codec cannot carry.
   */
  send<N extends Of.EventName<C>>(event: N, ...given: Of.EventGiven<C, N, SendOptions>): SendResult;
  send(event: string, data?: unknown, options?: SendOptions): SendResult {
    const core = this[kCore];
    if (core.readyState !== ReadyState.Open) return SendResult.Closed;
    const rule = dropRule(event, options) ?? core.owner.dropRule?.(event);
    return core.send(encodeEnvelope(core.codec, { event, data }), options?.compress, rule);
  }

  /**
   * Sends an event and waits until the operating system has taken it: the sender goes as fast as
   * the peer reads.
   * @returns what became of it in the end; never QUEUED
   * @throws {EncodeError} as a rejection, for data the codec cannot carry.
   */
  sendAsync<N extends Of.EventName<C>>(
    event: N,
    ...given: Of.EventGiven<C, N, SendOptions>
  ): Promise<SendResult>;
  async sendAsync(event: string, data?: unknown, options?: SendOptions): Promise<SendResult> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- names were checked by the caller's types
    const result = (this as unknown as Connection).send(event, data, options);
    const { transport } = this[kCore];
    return transport === undefined ? result : sendOutcome(transport, result);
  }

  /**
   * Sends a message past the codec: a string as text, bytes as binary.
   * @throws {UsageError} for anything else.
   */
  sendRaw(data: string | Uint8Array, options?: SendOptions): SendResult {
    checkRawData('message', data);
    return this[kCore].send(data, options?.compress, dropRule('', options));
  }

  /**
   * Sends a ping frame (RFC 6455 5.5.2), beside those of `limits.pingInterval`.
   * @param payload default none; at most 125 bytes, text as UTF-8
   * @returns what became of it; CLOSED when the connection is not open.
   * @throws {UsageError} for a longer payload, or one that is neither text nor bytes.
   */
  ping(payload: string | Uint8Array = NO_BYTES): SendResult {
    return this[kCore].transport?.ping(controlBytes('ping', payload)) ?? SendResult.Closed;
  }

  /**
   * Sends a pong frame (RFC 6455 5.5.3): the answer to a ping where `limits.autoPong` is false, otherwise
   * a sign of life that nobody asked for. See `ping`.
   */
  pong(payload: string | Uint8Array = NO_BYTES): SendResult {
    return this[kCore].transport?.pong(controlBytes('pong', payload)) ?? SendResult.Closed;
  }

  /**
   * Sends an event that the client answers, and waits for the answer. The client gets it with an id
   * that begins with `$`, and sends `$reply` or `$error` with that id.
   * @returns the data of `$reply`
   * @throws {RequestError} as a rejection, when the client refuses, leaves, does not answer within
   * the timeout (default 10,000 ms) or owes 256 answers already
   * @throws {UsageError} as a rejection, in a connect hook: nothing is read before it has finished
   * @throws the reason of the signal, as a rejection, when that aborts
   */
  request<N extends Of.QuestionName<C>>(
    event: N,
    ...given: Of.QuestionGiven<C, N, RequestOptions>
  ): Promise<Of.QuestionAnswer<C, N>>;
  request(event: string, data?: unknown, options: RequestOptions = {}): Promise<unknown> {
    return requestOne(this[kCore], event, data, options);
  }

  /**
   * Starts the closing handshake; messages that arrive from now on are not dispatched.
   * @param code default 1000; 3000-4999 are the application's
   * @param reason at most 123 bytes of UTF-8
   * @throws {UsageError} for a code that may not be sent or a reason that is too long.
   */
  close(code?: number, reason?: string): void {
    this[kCore].close(code, reason);
  }

  /** Ends the connection at once, without a closing handshake: the peer sees 1006. */
  terminate(): void {
    this[kCore].transport?.terminate();
  }

  /** Settles when everything sent so far has left, or never will; never rejects. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      const { transport, closeInfo } = this[kCore];
      if (transport === undefined || closeInfo !== undefined) resolve();
      else transport.afterSent(() => resolve());
    });
  }
}
