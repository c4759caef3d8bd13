import type { ClientRequest } from 'node:http';
import type { AddressInfo as NetAddressInfo } from 'node:net';
import type { ClientInfo } from './client-verification.js';
import type { WebSocketServerOptions } from './websocket-server-options.js';
import type { WebSocket } from './websocket.js';

// Names of `@types/ws`, for programs that were written with them.

/** What `WebSocketServer.address()` tells of a port. */
export type AddressInfo = NetAddressInfo;
/** A TLS certificate or key, or several. */
export type CertMeta = string | string[] | Buffer | Buffer[];
/** The option `finishRequest` of a client. */
export type FinishRequestCallback = (request: ClientRequest, websocket: WebSocket) => void;
/** Options of `WebSocketServer`. */
export type ServerOptions = WebSocketServerOptions;
/** A `verifyClient` that decides at once. */
export type VerifyClientCallbackSync = (info: ClientInfo) => boolean;
/** A `verifyClient` that decides through its callback: code 401 by default when `res` is false. */
export type VerifyClientCallbackAsync = (
  info: ClientInfo,
  callback: (
    res: boolean,
    code?: number,
    message?: string,
    headers?: Record<string, string>,
  ) => void,
) => void;
