import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import {
  HandshakeError,
  UpgradeRequest,
  UsageError,
  parseCookies,
  parseExtensions,
  refuseUpgrade,
  type ExtensionOffer,
} from '#engine';
import type { ServerConfig } from '../config/config.js';
import { attachTransport, listenerOf, WebSocketConnection } from '../connection/connection.js';
import { connectionCompression, connectionLimits } from '../config/connection-limits.js';
import { peerAddresses } from './peer-addresses.js';
import { resourceUrl, type ResourceUrl } from './resource-url.js';
import { setCookieHeaders, type Cookie } from './set-cookie.js';
import { NodeCloseCauses } from '../connection/close-causes.js';

// Symbols: classes that extend this one may have members of any name, and a Proxy around an object has to work.
const kUpgrade = Symbol('upgrade');
const kResolved = Symbol('resolved');
const kHead = Symbol('head');
const kReadMembers = Symbol('readMembers');
const kOfferedProtocol = Symbol('offeredProtocol');
const kUnresolved = Symbol('unresolved');
const kResolve = Symbol('resolve');

const EMPTY = Buffer.alloc(0);

/** A cookie the client sent. */
export interface RequestCookie {
  readonly name: string;
  readonly value: string;
}

/** An extension the client offers. */
export interface RequestExtension {
  readonly name: string;
  /** `value` is undefined for a parameter that has none. */
  readonly params: readonly { readonly name: string; readonly value: string | undefined }[];
}

/** Events of a request. */
export interface RequestEvents {
  requestAccepted: [connection: WebSocketConnection];
  requestRejected: [request: WebSocketRequest];
  /** Accepted or rejected. */
  requestResolved: [request: WebSocketRequest];
  /** The client left, or the handshake timed out, before either. */
  requestAbandoned: [request: WebSocketRequest];
}

/**
 * A client that asks for a connection: `accept` or `reject` it, once. Follows
 * `require('websocket').request`.
 */
export class WebSocketRequest extends EventEmitter<RequestEvents> {
  /** The request target: path and query. */
  readonly resource: string;
  resourceURL: ResourceUrl = resourceUrl('/', '');
  /** The Host header. */
  host = '';
  /** The Sec-WebSocket-Key. */
  key = '';
  /** 13, or 8 where the server speaks it. */
  webSocketVersion = 13;
  /** What a browser says of the page that connects; undefined from most other clients. */
  origin: string | undefined;
  /** Whether it came over TLS, as far as this process can see. */
  secure = false;
  /** Offered subprotocols in lower case, in the client's order. */
  requestedProtocols: string[] = [];
  requestedExtensions: RequestExtension[] = [];
  cookies: RequestCookie[] = [];
  /** Of the client, as far as trusted proxies say; else of the peer. */
  remoteAddress: string;
  /** The client, then the trusted proxies it came through, the peer last. */
  remoteAddresses: string[];

  /** @internal */
  [kUpgrade]: UpgradeRequest | null = null;
  /** @internal */
  [kResolved] = false;
  /** @internal */
  readonly [kHead]: Buffer;

  /**
   * Read its members after `readHandshake`.
   * @param head bytes behind the request, as Node's 'upgrade' event gives them
   */
  constructor(
    readonly socket: Socket,
    readonly httpRequest: IncomingMessage,
    readonly serverConfig: Omit<ServerConfig, 'httpServer'>,
    head: Buffer = EMPTY,
  ) {
    super();
    this[kHead] = head;
    this.resource = httpRequest.url ?? '';
    this.remoteAddress = socket.remoteAddress ?? '';
    this.remoteAddresses = [this.remoteAddress];
  }

  /**
   * Checks the opening handshake and fills in the members.
   * @throws {HandshakeError} for a bad one, with the `status` and the `headers` to `reject` it with
   */
  readHandshake(): void {
    const { httpRequest, serverConfig, socket } = this;
    const { handshakeTimeout, webSocketVersions } = serverConfig;
    let problem: HandshakeError | null = null;
    const upgrade = UpgradeRequest.read(httpRequest, socket, this[kHead], {
      ...(handshakeTimeout === undefined ? {} : { handshakeTimeout }),
      ...(webSocketVersions === undefined ? {} : { versions: webSocketVersions }),
      limits: connectionLimits(serverConfig),
      perMessageDeflate: connectionCompression(serverConfig),
      // The answer is left to `reject`.
      refused: (error) => {
        problem = error;
        return true;
      },
    });
    if (upgrade === null) {
      throw problem ?? new HandshakeError('Bad handshake', 'WS_ERR_HANDSHAKE', 400);
    }
    this[kUpgrade] = upgrade;
    this[kReadMembers](upgrade);
    upgrade.onAbort(() => this.emit('requestAbandoned', this));
  }

  /** Whether it was accepted or rejected. */
  get isResolved(): boolean {
    return this[kResolved];
  }

  /**
   * Accepts the connection. If the client has left meanwhile, the connection closes with 1006 on the
   * next tick.
   * @param acceptedProtocol one of `requestedProtocols`, in any case; none by default
   * @param allowedOrigin sent to the client in a header
   * @param cookies to set
   * @throws {UsageError} if it is resolved already; or, after the client was answered 500, for a
   *   protocol that was not requested, a cookie RFC 6265 has no form for, or an origin that would break
   *   the response
   */
  accept(
    acceptedProtocol?: string | null,
    allowedOrigin?: string | null,
    cookies?: readonly Cookie[] | null,
  ): WebSocketConnection {
    const upgrade = this[kUnresolved]();
    const connection = new WebSocketConnection(
      this.socket,
      [],
      acceptedProtocol,
      false,
      this.serverConfig,
      true,
    );
    connection.webSocketVersion = this.webSocketVersion;
    connection.remoteAddress = this.remoteAddress;
    connection.remoteAddresses = this.remoteAddresses;
    try {
      const protocol = acceptedProtocol ? this[kOfferedProtocol](upgrade, acceptedProtocol) : '';
      const headers: Record<string, string | string[]> = {};
      const draftOrigin = this.webSocketVersion === 8 ? allowedOrigin : null;
      if (allowedOrigin && !draftOrigin) headers['Origin'] = allowedOrigin;
      if (cookies) headers['Set-Cookie'] = setCookieHeaders(cookies);
      if (!upgrade.settled) {
        attachTransport(
          connection,
          upgrade.accept({
            listener: listenerOf(connection),
            headers,
            // A header of the handshake itself, in the draft alone.
            ...(draftOrigin
              ? { editHead: (head) => void head.push(`Sec-WebSocket-Origin: ${draftOrigin}`) }
              : {}),
            ...(protocol === '' ? {} : { protocol }),
          }),
        );
      }
    } catch (error) {
      this.reject(500);
      throw error;
    }
    this[kResolve]();
    if (connection.state === 'closed') process.nextTick(dropUnopened, connection);
    this.emit('requestAccepted', connection);
    return connection;
  }

  /**
   * Answers with an HTTP error and closes. Nothing is sent when the client is gone.
   * @param status default 403
   * @param reason sent as the body, and in a header X-WebSocket-Reject-Reason without what no header
   *   may hold
   * @throws {UsageError} if it is resolved already, for a status outside 300-599, or a header that would
   *   break the response; nothing is sent then
   */
  reject(
    status?: number,
    reason?: string | null,
    extraHeaders?: Readonly<Record<string, unknown>> | null,
  ): void {
    const upgrade = this[kResolved] ? this[kUnresolved]() : this[kUpgrade];
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(extraHeaders ?? {})) headers[name] = String(value);
    if (reason) headers['X-WebSocket-Reject-Reason'] = headerText(reason);
    const code = typeof status === 'number' ? status : 403;
    const refusal = { headers, ...(reason ? { message: reason } : {}) };
    if (upgrade === null) refuseUpgrade(this.socket, code, refusal);
    else upgrade.reject(code, refusal);
    this[kResolve]();
    this.emit('requestRejected', this);
  }

  /** The cookies of a Cookie header (RFC 6265 5.4); of those with one name the first. */
  parseCookies(header: string | undefined): RequestCookie[] {
    return Object.entries(parseCookies(header)).map(([name, value]) => ({ name, value }));
  }

  /** The extensions of a Sec-WebSocket-Extensions header; none if it breaks RFC 6455 9.1. */
  parseExtensions(header: string | undefined): RequestExtension[] {
    return header ? (parseExtensions(header) ?? []).map(toExtension) : [];
  }

  /** @internal */
  [kReadMembers](upgrade: UpgradeRequest): void {
    const { handshake } = upgrade;
    const { headers } = this.httpRequest;
    const { serverConfig } = this;
    this.resourceURL = resourceUrl(handshake.path, handshake.query);
    this.host = headers.host ?? '';
    this.key = handshake.key;
    this.webSocketVersion = handshake.version;
    this.origin = handshake.origin;
    this.secure = upgrade.secure;
    this.requestedProtocols = handshake.protocols.map((protocol) => protocol.toLowerCase());
    if (serverConfig.parseExtensions !== false) {
      this.requestedExtensions = handshake.extensions.map(toExtension);
    }
    if (serverConfig.parseCookies !== false) this.cookies = this.parseCookies(headers.cookie);
    const forwarded = headers['x-forwarded-for'];
    this.remoteAddresses = peerAddresses(this.remoteAddress, forwarded, serverConfig);
    this.remoteAddress = this.remoteAddresses[0] ?? this.remoteAddress;
  }

  /** As the client wrote it: names of subprotocols are compared with case (RFC 6455 11.3.4). @internal */
  [kOfferedProtocol](upgrade: UpgradeRequest, accepted: string): string {
    const lower = accepted.toLowerCase();
    const { protocols } = upgrade;
    const offered =
      protocols.find((one) => one === accepted) ??
      protocols.find((one) => one.toLowerCase() === lower);
    if (offered !== undefined) return offered;
    throw new UsageError(
      `Cannot accept the request with protocol ${JSON.stringify(accepted)}: the client did not offer it`,
    );
  }

  /** @internal */
  [kUnresolved](): UpgradeRequest {
    if (this[kUpgrade] !== null && !this[kResolved]) return this[kUpgrade];
    throw new UsageError(
      this[kResolved]
        ? 'Cannot accept or reject the request: it is resolved already'
        : 'Cannot accept the request: its handshake is not read, or bad',
    );
  }

  /** @internal */
  [kResolve](): void {
    this[kResolved] = true;
    this.emit('requestResolved', this);
  }
}

/** A connection has to be returned although there is none: it is over before anyone can use it. */
function dropUnopened(connection: WebSocketConnection): void {
  connection.drop(NodeCloseCauses.NeverOpened.code, NodeCloseCauses.NeverOpened.reason, true);
}

/** Reasons quote what a client sent: what could end the header is left out, the rest must fit in it. */
function headerText(reason: string): string {
  return reason.replace(/[^\t\x20-\x7e\x80-\xff]/g, (character) => (character < ' ' ? '' : '?'));
}

function toExtension({ name, params }: ExtensionOffer): RequestExtension {
  return {
    name: name.toLowerCase(),
    params: params.map(([param, value]) => ({
      name: param,
      value: value === true ? undefined : value,
    })),
  };
}
