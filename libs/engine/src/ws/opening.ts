import type { ClientRequest, IncomingMessage } from 'node:http';
import { ClientConnection, type ConnectionListener } from '../client/client-connection.js';
import { resolveClientOptions } from '../client/client-options.js';
import { checkSession, Http2Connection } from '../client/http2-connection.js';
import { readSubprotocols } from '../client/subprotocols.js';
import { readTarget } from '../client/target.js';
import { CloseCode } from '../protocol/close-code.js';
import { WebSocketError } from '../protocol/errors.js';
import type { SocketTransport } from '../transport/socket-transport.js';
import { ReadyState } from '../transport/transport.js';
import type { ClientOptions } from './client-options.js';
import { named } from './shape/error-names.js';
import type { WebSocketTarget } from './websocket-events.js';

const EMPTY = Buffer.alloc(0);
/** Redirects followed; rare, so no property of each. */
const followed = new WeakMap<WebSocketTarget, number>();

/** How many redirects a client was sent on. */
export function redirectsOf(ws: WebSocketTarget): number {
  return followed.get(ws) ?? 0;
}

/**
 * What a client does until its connection is open, or it is known that there will be none. The events
 * are emitted by its WebSocket.
 */
export class Opening implements ConnectionListener {
  /** Of the WebSocket, as long as it has no transport. */
  state: ReadyState = ReadyState.Connecting;
  private address: string;
  // Null once it is over.
  private connection: ClientConnection | Http2Connection | null;
  private readonly finishRequest: ClientOptions['finishRequest'];

  /**
   * @param protocols subprotocols to offer, as the application gave them
   * @param join takes over a transport that has no listener and is not started
   * @throws what the constructor of `WebSocket` does
   */
  constructor(
    address: string | URL,
    protocols: unknown,
    options: ClientOptions,
    private readonly ws: WebSocketTarget,
    private readonly join: (transport: SocketTransport) => void,
  ) {
    const resolved = resolveClientOptions(options);
    const target = readTarget(address);
    this.finishRequest = options.finishRequest;
    this.address = target.url.href;
    const offered = readSubprotocols(protocols);
    const session = options.session ?? null;
    if (session !== null) checkSession(session, target, resolved);
    this.connection =
      session === null
        ? new ClientConnection(target, offered, resolved, this)
        : new Http2Connection(target, offered, resolved, session, this);
  }

  /** Where to, after the redirects followed up to now. */
  get url(): string {
    return this.connection?.url ?? this.address;
  }

  /** The request that is under way; null once it is over. */
  get request(): ClientRequest | null {
    return this.connection === null ? null : this.connection.request;
  }

  /** Sends the request; hooks and listeners that run meanwhile find this object at its WebSocket. */
  start(): void {
    this.connection?.start();
  }

  /**
   * Gives up: RFC 6455 has no word for that before the connection is open; WHATWG fails it.
   * @returns false when it is over already
   */
  abandon(): boolean {
    if (this.connection === null) return false;
    this.state = ReadyState.Closing;
    this.connection.abort(
      new WebSocketError(
        'WebSocket was closed before the connection was established',
        'WS_ERR_CLOSED_EARLY',
      ),
    );
    return true;
  }

  upgrading(response: IncomingMessage): void {
    this.ws.emit('upgrade', response);
  }

  redirecting(url: string, request: ClientRequest): void {
    this.address = url;
    followed.set(this.ws, redirectsOf(this.ws) + 1);
    this.ws.emit('redirect', url, request);
  }

  unexpected(request: ClientRequest, response: IncomingMessage): boolean {
    return this.ws.emit('unexpected-response', request, response);
  }

  finish(request: ClientRequest): void {
    const { finishRequest } = this;
    if (finishRequest) finishRequest(request, this.ws);
    else request.end();
  }

  opened(transport: SocketTransport): void {
    this.connection = null;
    this.join(transport);
  }

  failed(error: Error | null): void {
    this.state = ReadyState.Closing;
    this.connection = null;
    // As in `ws`, which counts the one that was too many.
    if ((error as { code?: unknown } | null)?.code === 'WS_ERR_TOO_MANY_REDIRECTS') {
      followed.set(this.ws, redirectsOf(this.ws) + 1);
    }
    try {
      if (error !== null) {
        this.ws.emit('error', error instanceof WebSocketError ? named(error) : error);
      }
    } finally {
      this.state = ReadyState.Closed;
      this.ws.emit('close', CloseCode.Abnormal, EMPTY);
    }
  }
}
