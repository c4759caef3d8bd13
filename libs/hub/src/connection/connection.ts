import type { PreparedMessage, Transport, TransportListener } from '#engine';
import { decodeText, ReadyState, SendResult, UsageError } from '#engine';
import type { Workload } from '../dispatch/workload.js';
import type { Codec } from '../wire/codec.js';
import { encodeEnvelope } from '../wire/codec.js';
import type { Envelope } from '../wire/envelope.js';
import { connectionId } from './connection-id.js';
import type { HandshakeSnapshot } from './handshake-snapshot.js';

/** How a connection ended: 1005 without a code, 1006 without a closing handshake (RFC 6455 7.1.5). */
export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
  /** Whether both ends sent a Close frame. */
  readonly wasClean: boolean;
}

/** Where a connection stands between the handshake and its end. */
export const Phase = {
  /** The connect hook has not finished, or has refused: nothing is dispatched. */
  Connecting: 0,
  Ready: 1,
  Closed: 2,
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** What a connection asks of whoever dispatches its messages. One object serves all connections. */
export interface ConnectionOwner<Data extends object> {
  onText(connection: Connection<Data>, text: string): void;
  onBinary(connection: Connection<Data>, payload: Buffer): void;
  onDrain(connection: Connection<Data>): void;
  onError(connection: Connection<Data>, error: Error): void;
  /** Once, last. The owner forgets the connection, then calls `finish` on it. */
  onClose(connection: Connection<Data>, info: CloseInfo): void;
}

const NO_ROOMS: ReadonlySet<string> = new Set<string>();

/**
 * One client, from the accepted handshake to the close. Nearly everything it may need is made on
 * first use, because most connections are idle most of the time.
 */
export class Connection<
  Data extends object = Record<string, unknown>,
> implements TransportListener {
  /** 22 random url-safe characters (128 bits). */
  readonly id: string;
  readonly handshake: HandshakeSnapshot;
  /** Milliseconds since the epoch. */
  readonly connectedAt: number;
  /** Milliseconds since the epoch of the last message received; pings and pongs do not count. */
  lastActivity: number;
  /** What authentication attached, undefined before. */
  user: unknown;

  /** @internal The codec the subprotocol chose. */
  readonly codec: Codec;
  /** @internal */
  phase: Phase;
  /** @internal Rooms this connection is in; written by the room index alone. */
  joined: Set<string> | undefined;
  /** @internal Handlers and streams under way. */
  work: Workload | undefined;

  readonly #owner: ConnectionOwner<Data>;
  #transport: Transport | undefined;
  #data: Data | undefined;
  #abort: AbortController | undefined;
  #closing: Promise<CloseInfo> | undefined;
  #settle: ((info: CloseInfo) => void) | undefined;
  #closed: CloseInfo | undefined;

  constructor(owner: ConnectionOwner<Data>, codec: Codec, handshake: HandshakeSnapshot) {
    this.id = connectionId();
    this.handshake = handshake;
    this.connectedAt = Date.now();
    this.lastActivity = this.connectedAt;
    this.user = undefined;
    this.codec = codec;
    this.phase = Phase.Connecting;
    this.joined = undefined;
    this.work = undefined;
    this.#owner = owner;
  }

  /** @internal Called once, with what the accepted upgrade returned. */
  attach(transport: Transport, user: unknown, data: Data | undefined): void {
    this.#transport = transport;
    this.user = user;
    this.#data = data;
  }

  /** The application's own, typed by it; starts as `{}`. */
  get data(): Data {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is in it is the application's word
    return (this.#data ??= {} as Data);
  }

  /**
   * The rooms this connection is in. After the close it still lists those it was in then, for the
   * disconnect hook to say goodbye to, although it is a member of none any more.
   */
  get rooms(): ReadonlySet<string> {
    return this.joined ?? NO_ROOMS;
  }

  /** The subprotocol agreed on, '' when none. */
  get protocol(): string {
    return this.handshake.protocol;
  }

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
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#closed !== undefined) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** Settles when the connection has closed, however that came about; never rejects. */
  get closed(): Promise<CloseInfo> {
    return (this.#closing ??= new Promise((resolve) => {
      if (this.#closed === undefined) this.#settle = resolve;
      else resolve(this.#closed);
    }));
  }

  /**
   * Sends an event through the connection's codec.
   * @returns what became of it; CLOSED without encoding when the connection is not open.
   * @throws {EncodeError} for data the codec cannot carry.
   */
  send(event: string, data?: unknown): SendResult {
    return this.sendEnvelope({ event, data });
  }

  /**
   * Sends a message past the codec: a string as text, bytes as binary.
   * @throws {UsageError} for anything else.
   */
  sendRaw(data: string | Uint8Array): SendResult {
    if (typeof data !== 'string' && !(data instanceof Uint8Array)) {
      throw new UsageError(
        `Cannot send message: a string or bytes are expected, current value is of type ${typeof data}`,
      );
    }
    const transport = this.#transport;
    if (transport === undefined || this.readyState !== ReadyState.Open) return SendResult.Closed;
    return typeof data === 'string' ? transport.sendText(data) : transport.sendBinary(data);
  }

  /** @internal */
  sendEnvelope(envelope: Envelope): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    return this.sendRaw(encodeEnvelope(this.codec, envelope));
  }

  /** @internal Sends what was encoded and framed once for many connections. */
  sendPrepared(message: PreparedMessage): SendResult {
    if (this.#transport === undefined || this.#closed !== undefined) return SendResult.Closed;
    return this.#transport.sendPrepared(message);
  }

  /**
   * Starts the closing handshake; messages that arrive from now on are not dispatched.
   * @param code default 1000; 3000-4999 are the application's
   * @param reason at most 123 bytes of UTF-8
   * @throws {UsageError} for a code that may not be sent or a reason that is too long.
   */
  close(code?: number, reason?: string): void {
    this.#transport?.close(code, reason);
    // The peer's Close frame may stand behind messages that were held back; nobody handles those now.
    this.resume();
  }

  /** Ends the connection at once, without a closing handshake: the peer sees 1006. */
  terminate(): void {
    this.#transport?.terminate();
  }

  /** @internal Holds further messages back; the peer is slowed down by TCP. */
  pause(): void {
    if (this.#closed === undefined) this.#transport?.pause();
  }

  /** @internal */
  resume(): void {
    if (this.#closed === undefined) this.#transport?.resume();
  }

  /** @internal How the connection ended, undefined while it has not. */
  get closeInfo(): CloseInfo | undefined {
    return this.#closed;
  }

  /** @internal */
  onText(payload: Buffer, ascii: boolean): void {
    if (!this.#dispatches()) return;
    this.#owner.onText(this, decodeText(payload, ascii));
  }

  /** @internal */
  onBinary(payload: Buffer): void {
    if (!this.#dispatches()) return;
    this.#owner.onBinary(this, payload);
  }

  /** @internal */
  onPing(): void {}

  /** @internal */
  onPong(): void {}

  /** @internal */
  onDrain(): void {
    this.#owner.onDrain(this);
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
    this.#abort?.abort();
    this.#settle?.(info);
  }

  // A message is dispatched only between a passed connect hook and the first sign of a close: before
  // it nobody has vouched for the client, after it nobody could be answered.
  #dispatches(): boolean {
    if (this.phase !== Phase.Ready || this.#transport?.readyState !== ReadyState.Open) return false;
    this.lastActivity = Date.now();
    return true;
  }
}
