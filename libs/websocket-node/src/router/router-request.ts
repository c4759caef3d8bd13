import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { WebSocketConnection } from '../connection/connection.js';
import type { RequestCookie, RequestExtension, WebSocketRequest } from '../request/request.js';
import type { ResourceUrl } from '../request/resource-url.js';
import type { Cookie } from '../request/set-cookie.js';

interface RouterRequestEvents {
  requestAccepted: [connection: WebSocketConnection];
  requestRejected: [request: WebSocketRouterRequest];
}

/** A request as a route of a router sees it: which subprotocol it is about is settled. */
export class WebSocketRouterRequest extends EventEmitter<RouterRequestEvents> {
  readonly origin: string | undefined;
  readonly resource: string;
  readonly resourceURL: ResourceUrl;
  readonly httpRequest: IncomingMessage;
  readonly remoteAddress: string;
  readonly remoteAddresses: readonly string[];
  readonly webSocketVersion: number;
  readonly requestedExtensions: readonly RequestExtension[];
  readonly cookies: readonly RequestCookie[];

  constructor(
    readonly webSocketRequest: WebSocketRequest,
    /** The requested subprotocol the route was found by, in lower case; null when none was requested. */
    readonly protocol: string | null,
  ) {
    super();
    this.origin = webSocketRequest.origin;
    this.resource = webSocketRequest.resource;
    this.resourceURL = webSocketRequest.resourceURL;
    this.httpRequest = webSocketRequest.httpRequest;
    this.remoteAddress = webSocketRequest.remoteAddress;
    this.remoteAddresses = webSocketRequest.remoteAddresses;
    this.webSocketVersion = webSocketRequest.webSocketVersion;
    this.requestedExtensions = webSocketRequest.requestedExtensions;
    this.cookies = webSocketRequest.cookies;
  }

  /** Accepts the connection with `protocol`. See `WebSocketRequest.accept`. */
  accept(origin?: string | null, cookies?: readonly Cookie[] | null): WebSocketConnection {
    const connection = this.webSocketRequest.accept(this.protocol, origin, cookies);
    this.emit('requestAccepted', connection);
    return connection;
  }

  /** See `WebSocketRequest.reject`. */
  reject(
    status?: number,
    reason?: string | null,
    extraHeaders?: Readonly<Record<string, unknown>> | null,
  ): void {
    this.webSocketRequest.reject(status, reason, extraHeaders);
    this.emit('requestRejected', this);
  }
}
