import type { ClientRequest } from 'node:http';
import type { AddressInfo as NetAddressInfo } from 'node:net';
import type { ClientInfo, WebSocketServerOptions } from './server/websocket-server.js';
import type { WebSocket } from './websocket.js';

/** Names of `@types/ws`, for programs that were written with them. */

export type AddressInfo = NetAddressInfo;
export type CertMeta = string | string[] | Buffer | Buffer[];
export type FinishRequestCallback = (request: ClientRequest, websocket: WebSocket) => void;
export type ServerOptions = WebSocketServerOptions;
export type VerifyClientCallbackSync = (info: ClientInfo) => boolean;
export type VerifyClientCallbackAsync = (
  info: ClientInfo,
  callback: (
    res: boolean,
    code?: number,
    message?: string,
    headers?: Record<string, string>,
  ) => void,
) => void;
