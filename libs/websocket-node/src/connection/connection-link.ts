import type { Socket } from 'node:net';
import {
  CloseCode,
  ReadyState,
  WebSocketError,
  decodeText,
  type SocketTransport,
  type TransportListener,
} from '#engine';
import { WebSocketFrame } from '../frame/frame.js';
import { isPongCancelled } from './cancel-pong.js';
import { describeClose, describeSocketError } from './close-reasons.js';
import type { ConnectionConfig } from '../config/config.js';
import type { LoggedConnection } from './logged-connection.js';
import { startKeepAlive, type KeepAlive, type KeepAliveOwner } from './keep-alive.js';
import { MessageWriter } from './message-writer.js';
import { PongWriter } from './pong-writer.js';

/** The connection, as far as its parts need it; its class uses this one. */
interface LinkedConnection extends LoggedConnection, KeepAliveOwner {
  readonly socket: Socket;
  readonly extensions: string[];
  readonly maskOutgoingPackets: boolean;
  readonly config: ConnectionConfig;
  closeReasonCode: number;
  closeDescription: string | null;
  wasClean: boolean;
}

/**
 * What a connection is made of and its transport talks to: an object of its own, for applications extend the
 * class and set properties on its objects, and may meet no name of ours there.
 */
export class ConnectionLink implements TransportListener {
  /** Set in the constructor: an engine's listener that has it gets frames. */
  readonly onFrame?: TransportListener['onFrame'];
  transport: SocketTransport | null = null;
  writer: MessageWriter | null = null;
  phase: 'open' | 'ending' | 'closed' = 'open';
  closeEmitted = false;
  private pongs: PongWriter | null = null;
  private keepAlive: KeepAlive | null = null;
  private socketError: string | null = null;

  constructor(private readonly connection: LinkedConnection) {
    if (connection.config.assembleFragments !== false) return;
    this.onFrame = (fin, rsv, opcode, payload) => {
      if (this.phase !== 'open') return;
      const masked = !connection.maskOutgoingPackets;
      connection.emit('frame', WebSocketFrame.received(fin, rsv, opcode, payload, masked));
    };
  }

  /** Joins the connection to the transport of a handshake, which has this object for its listener. */
  attach(transport: SocketTransport): void {
    const { config, extensions, socket } = this.connection;
    this.transport = transport;
    if (transport.extensions !== '') extensions.push(transport.extensions);
    this.writer = new MessageWriter(transport, config);
    // Whoever hands over an upgrade may give another stream than a socket of Node.
    if (config.disableNagleAlgorithm === false) (socket as Partial<Socket>).setNoDelay?.(false);
    this.keepAlive = startKeepAlive(socket, config, this.connection, transport);
  }

  /** Whether messages can be sent and received. */
  get connected(): boolean {
    return this.phase === 'open' && this.transport?.readyState === ReadyState.Open;
  }

  onText(payload: Buffer, ascii: boolean): void {
    this.keepAlive?.heard();
    if (this.phase !== 'open') return;
    this.connection.emit('message', { type: 'utf8', utf8Data: decodeText(payload, ascii) });
  }

  onBinary(payload: Buffer): void {
    this.keepAlive?.heard();
    if (this.phase !== 'open') return;
    this.connection.emit('message', { type: 'binary', binaryData: payload });
  }

  onPing(payload: Buffer): void {
    this.keepAlive?.heard();
    if (this.phase !== 'open') return;
    if (isPongCancelled(this.connection, payload) || this.transport === null) return;
    (this.pongs ??= new PongWriter(this.transport)).answer(payload);
  }

  onPong(payload: Buffer): void {
    this.keepAlive?.heard();
    if (this.phase === 'open') this.connection.emit('pong', payload);
  }

  onDrain(): void {
    this.connection.emit('drain');
  }

  onError(error: Error): void {
    if (this.phase === 'closed') return;
    if (error instanceof WebSocketError) {
      // A peer's fault closes the connection, whose code and description tell of it.
      this.phase = 'ending';
      this.connection.closeDescription ??= error.message;
      return;
    }
    this.phase = 'closed';
    this.socketError = describeSocketError(error);
    if (this.connection.listenerCount('error') > 0) this.connection.emit('error', error);
  }

  onClose(code: number, reason: string, wasClean: boolean): void {
    if (this.closeEmitted) return;
    this.connection.wasClean = wasClean;
    // What this end closed with stays, unless the connection broke before the peer answered.
    const isBroken = code === CloseCode.Abnormal;
    if (isBroken && this.socketError !== null) {
      this.end('closed', code, this.socketError);
    } else if (this.connection.closeReasonCode === -1) {
      const text = this.connection.closeDescription ?? reason;
      const fallback = isBroken ? 'Connection dropped by remote peer.' : describeClose(code);
      this.end('closed', code, text === '' ? fallback : text);
    }
    this.phase = 'closed';
    this.emitClose();
  }

  end(phase: 'ending' | 'closed', code: number, description: string): void {
    this.phase = phase;
    this.connection.closeReasonCode = code;
    this.connection.closeDescription = description;
    this.keepAlive?.stop();
  }

  emitClose(): void {
    if (this.closeEmitted) return;
    this.closeEmitted = true;
    this.keepAlive?.stop();
    this.connection.emit(
      'close',
      this.connection.closeReasonCode,
      this.connection.closeDescription ?? '',
    );
  }
}
