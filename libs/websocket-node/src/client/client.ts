import { EventEmitter } from 'node:events';
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import {
  ClientConnection,
  HandshakeError,
  UsageError,
  WebSocketError,
  readTarget,
  resolveClientOptions,
  type ConnectOptions,
  type SocketTransport,
} from '#engine';
import { CLIENT_DEFAULTS, optionsOf, withDefaults, type ClientConfig } from '../config/config.js';
import { attachTransport, listenerOf, WebSocketConnection } from '../connection/connection.js';
import { connectionCompression, connectionLimits } from '../config/connection-limits.js';

// Symbols: classes that extend this one may have members of any name, and a Proxy around an object has to work.
const kConnecting = Symbol('connecting');
const kOptions = Symbol('options');
const kAnswered = Symbol('answered');
const kOpened = Symbol('opened');

/** What of `tlsOptions` is for the URL to say. */
const FOR_THE_URL: ReadonlySet<string> = new Set(['hostname', 'port', 'method', 'path', 'headers']);

/** Events of a client. */
export interface ClientEvents {
  /** The connection is open. */
  connect: [connection: WebSocketConnection];
  /** The connection did not come about. */
  connectFailed: [error: Error];
  /**
   * The server answered something other than 101. Listening to it makes the response the listener's,
   * and there is no `connectFailed`.
   */
  httpResponse: [response: IncomingMessage, client: WebSocketClient];
}

/** Opens connections. Follows `require('websocket').client`. */
export class WebSocketClient extends EventEmitter<ClientEvents> {
  readonly config: ClientConfig;
  /** Of the last `connect`: where to. */
  url: URL | null = null;
  /** Of the last `connect`: whether over TLS. */
  secure = false;
  /** Of the last `connect`: subprotocols offered. */
  protocols: readonly string[] = [];
  /** Of the last `connect`: the value of its Origin header. */
  origin: string | undefined;
  /** The subprotocol the server selected. */
  protocol: string | undefined;
  /** The server's answer, once there is one. */
  response: IncomingMessage | null = null;
  /** The socket of the connection, once it is open. */
  socket: Socket | null = null;

  /** @internal */
  [kConnecting]: ClientConnection | null = null;

  /** @throws {UsageError} for an option that cannot be used */
  constructor(config?: ClientConfig | null) {
    super();
    this.config = withDefaults(CLIENT_DEFAULTS, optionsOf(config));
    const { webSocketVersion } = this.config;
    if (webSocketVersion !== 8 && webSocketVersion !== 13) {
      throw new UsageError(
        `Cannot use option webSocketVersion: current value is ${String(webSocketVersion)}, allowed are 8 and 13`,
      );
    }
    connectionLimits(this.config);
    connectionCompression(this.config);
  }

  /**
   * Connects to a server; `connect` or `connectFailed` follows.
   * @param requestUrl `ws:` or `wss:`, or what `url.parse` or `new URL` made of it
   * @param protocols subprotocols to offer, the preferred one first
   * @param origin value of the Origin header
   * @param headers extra headers, such as Authorization or Cookie
   * @param extraRequestOptions of `http.request`; what the URL says they cannot change
   * @throws {SyntaxError} for what is no such URL; {UsageError} for a subprotocol or a header that
   *   cannot be sent
   */
  connect(
    requestUrl: string | { readonly href: string },
    protocols?: string | readonly string[] | null,
    origin?: string | null,
    headers?: OutgoingHttpHeaders | null,
    extraRequestOptions?: ConnectOptions | null,
  ): void {
    const address = typeof requestUrl === 'string' ? requestUrl : optionsOf(requestUrl).href;
    const target = readTarget(address ?? '');
    this.url = target.url;
    this.secure = target.secure;
    this.protocols = protocols ? [protocols].flat() : [];
    this.origin = origin ?? undefined;
    const options = resolveClientOptions({
      ...extraRequestOptions,
      ...this[kOptions](target.secure),
      headers: { ...(target.secure ? this.config.tlsOptions?.headers : {}), ...headers },
      ...(origin ? { origin } : {}),
    });
    this[kConnecting] = new ClientConnection(target, this.protocols, options, {
      upgrading: (response) => {
        this.response = response;
      },
      redirecting: () => {},
      unexpected: (request, response) => this[kAnswered](request, response),
      finish: (request) => request.end(),
      opened: (transport) => this[kOpened](transport),
      failed: (error) => {
        this[kConnecting] = null;
        if (error !== null) this.emit('connectFailed', error);
      },
    });
    this[kConnecting].start();
  }

  /** Gives up connecting; `connectFailed` follows. Does nothing to a connection that is open. */
  abort(): void {
    this[kConnecting]?.abort(
      new WebSocketError('Cannot connect: the attempt was aborted', 'WS_ERR_CLOSED_EARLY'),
    );
  }

  /** @internal */
  [kOptions](secure: boolean): ConnectOptions {
    const { config } = this;
    const { handshakeTimeout, tlsOptions = {}, webSocketVersion = 13 } = config;
    const tls = secure
      ? Object.fromEntries(Object.entries(tlsOptions).filter(([name]) => !FOR_THE_URL.has(name)))
      : {};
    return {
      ...tls,
      ...connectionLimits(config),
      perMessageDeflate: connectionCompression(config),
      protocolVersion: webSocketVersion,
      ...(handshakeTimeout === undefined ? {} : { handshakeTimeout }),
    };
  }

  /** @internal */
  [kAnswered](_request: ClientRequest, response: IncomingMessage): boolean {
    this.response = response;
    const { statusCode = 0, statusMessage = '' } = response;
    if (this.listenerCount('httpResponse') > 0) {
      this.emit('httpResponse', response, this);
      // Nothing more will be asked of this server; its answer can still be read.
      response.socket.end();
      return true;
    }
    this[kConnecting]?.abort(
      new HandshakeError(
        `Server responded with a non-101 status: ${statusCode} ${statusMessage}`,
        'WS_ERR_HANDSHAKE_STATUS',
        statusCode,
      ),
    );
    return true;
  }

  /** @internal */
  [kOpened](transport: SocketTransport): void {
    const { response } = this;
    this[kConnecting] = null;
    if (response === null) return;
    this.socket = response.socket;
    this.protocol = transport.protocol === '' ? undefined : transport.protocol;
    const connection = new WebSocketConnection(
      response.socket,
      [],
      this.protocol,
      true,
      this.config,
      true,
    );
    connection.webSocketVersion = this.config.webSocketVersion ?? 13;
    transport.setListener(listenerOf(connection));
    attachTransport(connection, transport);
    transport.start();
    this.emit('connect', connection);
  }
}
