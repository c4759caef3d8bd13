import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { WebSocketError } from '../protocol/errors.js';
import type { SendCallback } from '../sending/send-waiters.js';
import type { SocketTransport } from '../transport/socket-transport.js';
import { ReadyState, type TransportListener } from '../transport/transport.js';
import { toBinaryType, type BinaryType } from './binary-type.js';
import type { ClientOptions } from './client-options.js';
import { MessageWriter, type WriterOwner } from './message-writer.js';
import { Opening } from './opening.js';
import { named, violationOf } from './shape/error-names.js';
import type { RawData, WebSocketTarget } from './websocket-events.js';

const NODES_EMIT: unknown = Reflect.get(EventEmitter.prototype, 'emit');
const STATES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const;

/** Payload bytes given to a connection that was closing or closed; rare, so no property of each. */
const lateBytes = new WeakMap<ConnectionEnd, number>();
/** Ends that are closed, and both of whose Close frames were seen; of no use before. */
const closedCleanly = new WeakSet<ConnectionEnd>();

/** Keeps count of a server's connections. */
export interface ConnectionKeeper {
  /** Comes before the event `close`. */
  connectionClosed(ws: WebSocketTarget): void;
}

/**
 * What a `WebSocket` is made of and the transport talks to: an object of its own, for applications extend
 * the class and set properties on its objects, and may meet no name of ours there.
 */
export class ConnectionEnd implements TransportListener, WriterOwner {
  transport: SocketTransport | null = null;
  type: BinaryType = 'nodebuffer';
  // Made when something else than plain text is sent.
  writer: MessageWriter | null = null;
  // Of a server's connection.
  private keeper: ConnectionKeeper | null = null;
  // A client's way to its connection, later its address; null at a server.
  private way: Opening | string | null = null;

  constructor(private readonly ws: WebSocketTarget) {}

  /** Connects to a server; `open` or `close` follows. @throws what the constructor of `WebSocket` does */
  connect(address: string | URL, protocols: unknown, options: ClientOptions): void {
    const opening = new Opening(address, protocols, options, this.ws, (transport) => {
      this.way = this.url;
      this.transport = transport;
      transport.setListener(this);
      transport.start();
      this.ws.emit('open');
    });
    this.way = opening;
    opening.start();
  }

  /**
   * Joins this object, which is its listener, to an open connection.
   * @param keeper told of the end, whatever listeners the application takes away
   */
  attach(transport: SocketTransport, keeper: ConnectionKeeper | null): void {
    this.transport = transport;
    this.keeper = keeper;
    this.ws.emit('open');
  }

  get readyState(): ReadyState {
    if (this.transport === null) {
      return this.way instanceof Opening ? this.way.state : ReadyState.Connecting;
    }
    const state = this.transport.readyState;
    return state === ReadyState.Open && this.writer?.isClosing === true
      ? ReadyState.Closing
      : state;
  }

  get url(): string {
    return this.way instanceof Opening ? this.way.url : (this.way ?? '');
  }

  /** A client's way to its connection, until it has come there. */
  get opening(): Opening | null {
    return this.way instanceof Opening ? this.way : null;
  }

  /** Whether it belongs to a client. */
  get isClient(): boolean {
    return this.way !== null;
  }

  /** Null before there is a connection. */
  get socket(): Duplex | null {
    return this.transport?.stream ?? null;
  }

  get bufferedAmount(): number {
    return (
      (lateBytes.get(this) ?? 0) +
      (this.writer?.waitingBytes ?? 0) +
      (this.transport?.bufferedAmount ?? 0)
    );
  }

  get isConnectedOrClosing(): boolean {
    const state = this.transport?.readyState;
    return state === ReadyState.Open || state === ReadyState.Closing;
  }

  get closedCleanly(): boolean {
    return closedCleanly.has(this);
  }

  /** @throws {WebSocketError} while connecting */
  connected(): SocketTransport {
    if (this.readyState === ReadyState.Connecting) throw this.notOpen();
    // Null for a client that never was: then nothing is sent on it either.
    return this.transport!;
  }

  openWriter(transport: SocketTransport): MessageWriter {
    return (this.writer ??= new MessageWriter(transport, this));
  }

  /** @returns whether a client has given up connecting */
  abandon(): boolean {
    return this.way instanceof Opening && this.way.abandon();
  }

  onText(payload: Buffer): void {
    this.ws.emit('message', payload, false);
  }

  onBinary(payload: Buffer): void {
    const { type } = this;
    const data = type === 'nodebuffer' ? payload : toBinaryType(payload, type);
    this.ws.emit('message', data as RawData, true);
  }

  get hearsPings(): boolean {
    return this.hears('ping');
  }

  get hearsPongs(): boolean {
    return this.hears('pong');
  }

  onPing(payload: Buffer): void {
    this.ws.emit('ping', payload);
  }

  onPong(payload: Buffer): void {
    this.ws.emit('pong', payload);
  }

  onDrain(): void {
    this.ws.emit('drain');
  }

  onError(error: Error): void {
    // A socket that breaks is no fault of the protocol: as in `ws` it only shows as 1006.
    if (!(error instanceof WebSocketError)) return;
    if (this.hasErrorListener) this.ws.emit('error', violationOf(error));
  }

  onClose(code: number, reason: string, wasClean: boolean): void {
    if (wasClean) closedCleanly.add(this);
    this.keeper?.connectionClosed(this.ws);
    this.keeper = null;
    this.ws.emit('close', code, Buffer.from(reason));
  }

  refuseSend(bytes: number, callback: SendCallback | undefined, error?: Error): void {
    lateBytes.set(this, (lateBytes.get(this) ?? 0) + bytes);
    if (callback !== undefined) process.nextTick(callback, error ?? this.notOpen());
  }

  blobFailed(cause: Error): void {
    const { transport } = this;
    if (transport === null || transport.readyState === ReadyState.Closed) return;
    // What follows may depend on the message that is missing.
    transport.terminate();
    if (this.hasErrorListener) this.ws.emit('error', cause);
  }

  /** An error nobody listens to is thrown at a client, and dropped at a server. */
  private get hasErrorListener(): boolean {
    return this.way !== null || this.ws.listenerCount('error') > 0;
  }

  /** Who has put an `emit` of its own before Node's, as tracers do, hears of all there is. */
  private hears(event: 'ping' | 'pong'): boolean {
    return Reflect.get(this.ws, 'emit') !== NODES_EMIT || this.ws.listenerCount(event) > 0;
  }

  private notOpen(): WebSocketError {
    const { readyState } = this;
    return named(
      new WebSocketError(
        `WebSocket is not open: readyState ${readyState} (${STATES[readyState]})`,
        'WS_ERR_NOT_OPEN',
      ),
    );
  }
}
