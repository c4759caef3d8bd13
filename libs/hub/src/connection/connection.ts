import {
  ReadyState,
  SendResult,
  type DropRule,
  type PreparedMessage,
  type SendPolicy,
  type Transport,
  type TransportListener,
} from '#engine';
import type * as Of from '#contract';
import type { MessageRates } from '../rates/message-rates.js';
import { encodeEnvelope, type Codec } from '../wire/codec.js';
import type { Envelope } from '../wire/envelope.js';
import { ConnectionIdentity } from './connection-identity.js';
import type { ConnectionOwner } from './connection-owner.js';
import type { ConnectionRef } from './connection-ref.js';
import type { HandshakeSnapshot } from './handshake-snapshot.js';
import { checkRawData, controlBytes } from './raw-data.js';
import { requestOne } from './request/connection-request.js';
import type { PendingRequests } from './request/pending-requests.js';
import type { RequestOptions } from './request/request-options.js';
import { dropRule, type SendOptions } from './send-options.js';
import { ConnectionEnd, type CloseInfo } from './state/connection-end.js';
import type { ConnectionWork } from './state/connection-work.js';
import { Phase } from './state/phase.js';
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
  implements TransportListener, ConnectionRef
{
  /** Milliseconds since the epoch of the last message received; pings and pongs do not count. */
  lastActivity: number = this.connectedAt;

  /** @internal The codec the subprotocol chose. */
  readonly codec: Codec;
  /** @internal */
  phase: Phase = Phase.Connecting;
  /** @internal Rooms this connection is in; written by the room index alone. */
  joined: Set<string> | undefined = undefined;
  /** @internal Written by the registry alone. */
  tagged: Set<string> | undefined = undefined;
  /** @internal Handlers and streams under way. */
  work: ConnectionWork | undefined = undefined;
  /** @internal What it was asked and has not answered. */
  requests: PendingRequests | undefined = undefined;
  /** @internal What it may still send, while rates are limited. */
  rates: MessageRates | undefined = undefined;
  /** @internal Whether messages were dropped since its queue was last empty. */
  slow = false;

  readonly #owner: ConnectionOwner<Connection<C>>;
  #transport: Transport | undefined;
  #user: unknown;
  #data: Of.DataOf<C> | undefined;
  #end: ConnectionEnd | undefined;
  #closed: CloseInfo | undefined;
  // Takes no more messages until the close: it is being drained.
  #held = false;

  constructor(owner: ConnectionOwner<Connection<C>>, codec: Codec, handshake: HandshakeSnapshot) {
    super(handshake);
    this.#owner = owner;
    this.codec = codec;
  }

  /** @internal Called once, with what the accepted upgrade returned. */
  attach(transport: Transport, user: unknown, data: Of.DataOf<C> | undefined): void {
    this.#transport = transport;
    this.#user = user;
    this.#data = data;
  }

  /** Id of the node it is connected to: this one. */
  get node(): string {
    return this.#owner.node ?? '';
  }

  /** What authentication attached, undefined before. Setting it signs the connection in or out. */
  get user(): Of.UserOf<C> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whether it may be undefined the contract says
    return this.#user as Of.UserOf<C>;
  }

  set user(user: Of.UserOf<C> | undefined) {
    this.#user = user;
    this.#owner.onUser?.(this);
  }

  /** The application's own, typed by it; starts as `{}`. */
  get data(): Of.DataOf<C> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is in it is the application's word
    return (this.#data ??= {} as Of.DataOf<C>);
  }

  /**
   * The rooms this connection is in. After the close it still lists those it was in then, for the
   * disconnect hook to say goodbye to, although it is a member of none any more.
   */
  get rooms(): ReadonlySet<string> {
    return this.joined ?? NONE;
  }

  /** The application's labels; see `ConnectionRegistry.tag`. */
  get tags(): ReadonlySet<string> {
    return this.tagged ?? NONE;
  }

  /** Connecting until the upgrade is accepted, then as in the WHATWG API. */
  get readyState(): ReadyState {
    if (this.#closed !== undefined) return ReadyState.Closed;
    return this.#transport?.readyState ?? ReadyState.Connecting;
  }

  /** Bytes sent that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return this.#transport?.bufferedAmount ?? 0;
  }

  /** Milliseconds between the last ping and its pong, -1 before the first. */
  get latency(): number {
    return this.#transport?.latency ?? -1;
  }

  /** Aborts when the connection closes. */
  get signal(): AbortSignal {
    return (this.#end ??= new ConnectionEnd()).signal(this.#closed);
  }

  /** Settles when the connection has closed, however that came about; never rejects. */
  get closed(): Promise<CloseInfo> {
    return (this.#end ??= new ConnectionEnd()).closed(this.#closed);
  }

  /**
   * Sends an event through the connection's codec.
   * @param options what happens when the peer reads too slowly; default the endpoint's policy
   * @returns what became of it; CLOSED without encoding when the connection is not open.
   * @throws {EncodeError} for data the codec cannot carry.
   */
  send<N extends Of.EventName<C>>(event: N, ...given: Of.EventGiven<C, N, SendOptions>): SendResult;
  send(event: string, data?: unknown, options?: SendOptions): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    const rule = dropRule(event, options) ?? this.#owner.dropRule?.(event);
    return this.#write(encodeEnvelope(this.codec, { event, data }), options?.compress, rule);
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
    return this.#transport === undefined ? result : sendOutcome(this.#transport, result);
  }

  /**
   * Sends a message past the codec: a string as text, bytes as binary.
   * @throws {UsageError} for anything else.
   */
  sendRaw(data: string | Uint8Array, options?: SendOptions): SendResult {
    checkRawData('message', data);
    return this.#write(data, options?.compress, dropRule('', options));
  }

  /**
   * Sends a ping frame (RFC 6455 5.5.2), beside those of `limits.pingInterval`.
   * @param payload default none; at most 125 bytes, text as UTF-8
   * @returns what became of it; CLOSED when the connection is not open.
   * @throws {UsageError} for a longer payload, or one that is neither text nor bytes.
   */
  ping(payload: string | Uint8Array = NO_BYTES): SendResult {
    return this.#transport?.ping(controlBytes('ping', payload)) ?? SendResult.Closed;
  }

  /**
   * Sends a pong frame (RFC 6455 5.5.3): the answer to a ping where `limits.autoPong` is false, otherwise
   * a sign of life that nobody asked for. See `ping`.
   */
  pong(payload: string | Uint8Array = NO_BYTES): SendResult {
    return this.#transport?.pong(controlBytes('pong', payload)) ?? SendResult.Closed;
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
    return requestOne(this, event, data, options);
  }

  /** @internal Sends an answer: it is never dropped. */
  sendEnvelope(envelope: Envelope): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    return this.#write(encodeEnvelope(this.codec, envelope));
  }

  /** @internal Sends what was encoded and framed once for many connections. */
  sendPrepared(message: PreparedMessage, event: string, rule?: DropRule): SendResult {
    if (this.#transport === undefined || this.#closed !== undefined) return SendResult.Closed;
    return this.#transport.sendPrepared(message, rule ?? this.#owner.dropRule?.(event));
  }

  /**
   * Starts the closing handshake; messages that arrive from now on are not dispatched.
   * @param code default 1000; 3000-4999 are the application's
   * @param reason at most 123 bytes of UTF-8
   * @throws {UsageError} for a code that may not be sent or a reason that is too long.
   */
  close(code?: number, reason?: string): void {
    this.#transport?.close(code, reason);
    this.work?.endStreams();
    this.#held = false;
    // The peer's Close frame may stand behind messages that were held back; nobody handles those now.
    this.resume();
  }

  /** Ends the connection at once, without a closing handshake: the peer sees 1006. */
  terminate(): void {
    this.#transport?.terminate();
  }

  /** Settles when everything sent so far has left, or never will; never rejects. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#transport === undefined || this.#closed !== undefined) resolve();
      else this.#transport.afterSent(() => resolve());
    });
  }

  /** @internal Holds further messages back; the peer is slowed down by TCP. */
  pause(): void {
    if (this.#closed === undefined && !this.#held) this.#transport?.pause();
  }

  /** @internal */
  resume(): void {
    if (this.#closed === undefined) this.#transport?.resume();
  }

  /**
   * @internal Takes no more messages until it is closed; what is under way goes on. It is read all the
   * same: a handler may wait for an answer of the client, and the client may leave.
   */
  hold(): void {
    this.#held = true;
    this.resume();
  }

  /** @internal How the connection ended, undefined while it has not. */
  get closeInfo(): CloseInfo | undefined {
    return this.#closed;
  }

  /** @internal */
  onString(text: string, byteLength: number): void {
    if (!this.#dispatches()) return;
    if (this.#held) this.#owner.onHeld?.(this, text);
    else this.#owner.onText(this, text, byteLength);
  }

  /** @internal */
  onBinary(payload: Buffer): void {
    if (!this.#dispatches()) return;
    if (this.#held) this.#owner.onHeld?.(this, payload);
    else this.#owner.onBinary(this, payload);
  }

  /** @internal */
  onPing(payload: Buffer): void {
    this.#owner.onPing(this, payload);
  }

  /** @internal */
  onPong(payload: Buffer): void {
    this.#owner.onPong(this, payload);
  }

  /** @internal */
  onDrain(): void {
    this.slow = false;
    this.#owner.onDrain(this);
  }

  /** @internal */
  onDropped(messages: number, policy: SendPolicy): void {
    this.#owner.onDropped?.(this, messages, policy);
  }

  /** @internal */
  onError(error: Error): void {
    this.#owner.onError(this, error);
  }

  /** @internal */
  onClose(code: number, reason: string, wasClean: boolean): void {
    if (this.#closed !== undefined) return;
    const info: CloseInfo = { code, reason, wasClean };
    this.#closed = info;
    this.phase = Phase.Closed;
    this.#owner.onClose(this, info);
  }

  /** @internal Tells everything that waits on this connection that it has closed. */
  finish(info: CloseInfo): void {
    this.work?.abandon();
    this.requests?.abandon();
    this.#end?.finish(info);
  }

  #write(data: string | Uint8Array, compress?: boolean, rule?: DropRule): SendResult {
    const transport = this.#transport;
    if (transport === undefined || this.readyState !== ReadyState.Open) return SendResult.Closed;
    return typeof data === 'string'
      ? transport.sendText(data, compress, rule)
      : transport.sendBinary(data, compress, rule);
  }

  // A message is dispatched only between a passed connect hook and the first sign of a close: before
  // it nobody has vouched for the client, after it nobody could be answered.
  #dispatches(): boolean {
    if (this.phase !== Phase.Ready || this.#transport?.readyState !== ReadyState.Open) return false;
    this.lastActivity = Date.now();
    return true;
  }
}
