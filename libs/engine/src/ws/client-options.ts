import type { ClientRequest } from 'node:http';
import type { ConnectOptions } from '../client/client-options.js';
import type { WebSocketTarget } from './websocket-events.js';

/**
 * Options of `new WebSocket(url, protocols, options)`: those of `ws`, the limits of the connection, and
 * all of `http.request`, `https.request` and `tls.connect` that concern the way to the server.
 */
export interface ClientOptions extends ConnectOptions {
  /** Subprotocols to offer, for callers that give no argument of that name. */
  protocols?: string | readonly string[];
  /** Called with the request instead of `request.end()`, to change its headers first. */
  finishRequest?(this: void, request: ClientRequest, websocket: WebSocketTarget): void;
}
