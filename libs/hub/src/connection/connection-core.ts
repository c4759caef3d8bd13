import {
  ReadyState,
  SendResult,
  type DropRule,
  type PreparedMessage,
  type SendPolicy,
  type Transport,
  type TransportListener,
} from '#engine';
import type { MessageRates } from '../rates/message-rates.js';
import { encodeEnvelope, type Codec } from '../wire/codec.js';
import type { Envelope } from '../wire/envelope.js';
import type { ConnectionOwner } from './connection-owner.js';
import type { HandshakeSnapshot } from './handshake-snapshot.js';
import type { PendingRequests } from './request/pending-requests.js';
import { ConnectionEnd, type CloseInfo } from './state/connection-end.js';
import type { ConnectionWork } from './state/connection-work.js';
import { Phase } from './state/phase.js';

/** Where a connection keeps it: a symbol and not `#core`, for a Proxy around a connection has to work. */
export const kCore = Symbol('core');

/** The connection, as far as what it is made of touches it. */
interface Heard {
  lastActivity: number;
}

/**
 * What a connection is made of and its transport talks to: an object of its own, for applications set properties
 * on connections and may meet no name of ours there.
 */
export class ConnectionCore<Client extends Heard = Heard> implements TransportListener {
  phase: Phase = Phase.Connecting;
  /** Rooms it is in; written by the room index alone. */
  joined: Set<string> | undefined = undefined;
  /** Written by the registry alone. */
  tagged: Set<string> | undefined = undefined;
  /** Handlers and streams under way. */
  work: ConnectionWork | undefined = undefined;
  /** What it was asked and has not answered. */
  requests: PendingRequests | undefined = undefined;
  /** What it may still send, while rates are limited. */
  rates: MessageRates | undefined = undefined;
  /** Whether messages were dropped since its queue was last empty. */
  slow = false;
  /** Of a connection whose upgrade was accepted. */
  transport: Transport | undefined = undefined;
  user: unknown = undefined;
  data: unknown = undefined;

  #end: ConnectionEnd | undefined;
  #closeInfo: CloseInfo | undefined;
  // Takes no more messages until the close: it is being drained.
  #held = false;

  /**
   * @param client whose core it is
   * @param codec the one the subprotocol chose
   */
  constructor(
    readonly client: Client,
    readonly owner: ConnectionOwner<Client>,
    readonly codec: Codec,
    readonly handshake: HandshakeSnapshot,
  ) {}

  /** Called once, with what the accepted upgrade returned. */
  attach(transport: Transport, user: unknown, data: object | undefined): void {
    this.transport = transport;
    this.user = user;
    this.data = data;
  }

  /** What waits for its end. */
  get end(): ConnectionEnd {
    return (this.#end ??= new ConnectionEnd());
  }

  /** How it ended, undefined while it has not. */
  get closeInfo(): CloseInfo | undefined {
    return this.#closeInfo;
  }

  get readyState(): ReadyState {
    if (this.#closeInfo !== undefined) return ReadyState.Closed;
    return this.transport?.readyState ?? ReadyState.Connecting;
  }

  send(data: string | Uint8Array, compress?: boolean, rule?: DropRule): SendResult {
    const { transport } = this;
    if (transport === undefined || this.readyState !== ReadyState.Open) return SendResult.Closed;
    return typeof data === 'string'
      ? transport.sendText(data, compress, rule)
      : transport.sendBinary(data, compress, rule);
  }

  /** Sends an answer: it is never dropped. */
  sendEnvelope(envelope: Envelope): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    return this.send(encodeEnvelope(this.codec, envelope));
  }

  /** Sends what was encoded and framed once for many connections. */
  sendPrepared(message: PreparedMessage, event: string, rule?: DropRule): SendResult {
    if (this.transport === undefined || this.#closeInfo !== undefined) return SendResult.Closed;
    return this.transport.sendPrepared(message, rule ?? this.owner.dropRule?.(event));
  }

  /** See `Connection.close`. */
  close(code: number | undefined, reason: string | undefined): void {
    this.transport?.close(code, reason);
    this.work?.endStreams();
    this.#held = false;
    // The peer's Close frame may stand behind messages that were held back; nobody handles those now.
    this.resume();
  }

  /** Holds further messages back; the peer is slowed down by TCP. */
  pause(): void {
    if (this.#closeInfo === undefined && !this.#held) this.transport?.pause();
  }

  resume(): void {
    if (this.#closeInfo === undefined) this.transport?.resume();
  }

  /**
   * Takes no more messages until it is closed; what is under way goes on. It is read all the same: a
   * handler may wait for an answer of the client, and the client may leave.
   */
  hold(): void {
    this.#held = true;
    this.resume();
  }

  onString(text: string, byteLength: number): void {
    if (!this.#dispatches()) return;
    if (this.#held) this.owner.onHeld?.(this.client, text);
    else this.owner.onText(this.client, text, byteLength);
  }

  onBinary(payload: Buffer): void {
    if (!this.#dispatches()) return;
    if (this.#held) this.owner.onHeld?.(this.client, payload);
    else this.owner.onBinary(this.client, payload);
  }

  get hearsPings(): boolean {
    return this.owner.hearsPings !== false;
  }

  get hearsPongs(): boolean {
    return this.owner.hearsPongs !== false;
  }

  onPing(payload: Buffer): void {
    this.owner.onPing(this.client, payload);
  }

  onPong(payload: Buffer): void {
    this.owner.onPong(this.client, payload);
  }

  onDrain(): void {
    this.slow = false;
    this.owner.onDrain(this.client);
  }

  onDropped(messages: number, policy: SendPolicy): void {
    this.owner.onDropped?.(this.client, messages, policy);
  }

  onError(error: Error): void {
    this.owner.onError(this.client, error);
  }

  onClose(code: number, reason: string, wasClean: boolean): void {
    if (this.#closeInfo !== undefined) return;
    const info: CloseInfo = { code, reason, wasClean };
    this.#closeInfo = info;
    this.phase = Phase.Closed;
    this.owner.onClose(this.client, info);
  }

  /** Tells everything that waits on this connection that it has closed. */
  finish(info: CloseInfo): void {
    this.work?.abandon();
    this.requests?.abandon();
    this.#end?.finish(info);
  }

  // A message is dispatched only between a passed connect hook and the first sign of a close: before
  // it nobody has vouched for the client, after it nobody could be answered.
  #dispatches(): boolean {
    if (this.phase !== Phase.Ready || this.transport?.readyState !== ReadyState.Open) return false;
    this.client.lastActivity = Date.now();
    return true;
  }
}
