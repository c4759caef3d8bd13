import type * as listeners from './event-target.js';
import type * as client from './client-options.js';
import type * as deflate from '../deflate/deflate-options.js';
import { WebSocketServer as ServerClass } from './websocket-server.js';
import { createWebSocketStream } from './stream.js';
import { WebSocket as WebSocketClass } from './websocket.js';
import type * as events from './websocket-events.js';
import type * as types from './ws-types.js';

interface Statics {
  readonly WebSocket: typeof WebSocketClass;
  readonly WebSocketServer: typeof ServerClass;
  readonly Server: typeof ServerClass;
  readonly createWebSocketStream: typeof createWebSocketStream;
}

/** The class, with all that `ws` hangs on it: done here, for all of it uses the class. */
export const WebSocket: typeof WebSocketClass & Statics = Object.assign(WebSocketClass, {
  WebSocket: WebSocketClass,
  WebSocketServer: ServerClass,
  Server: ServerClass,
  createWebSocketStream,
});

export type WebSocket = WebSocketClass;

/** The types of `@types/ws`, where programs written with it look for them. */
export declare namespace WebSocket {
  export type AddressInfo = types.AddressInfo;
  export type CertMeta = types.CertMeta;
  export type ClientOptions = client.ClientOptions;
  export type CloseEvent = events.CloseEvent<WebSocketClass>;
  export type Data = events.Data;
  export type ErrorEvent = events.ErrorEvent<WebSocketClass>;
  export type Event = events.Event<WebSocketClass>;
  export type EventListenerOptions = listeners.EventListenerOptions;
  export type FinishRequestCallback = types.FinishRequestCallback;
  export type MessageEvent = events.MessageEvent<WebSocketClass>;
  export type PerMessageDeflateOptions = deflate.PerMessageDeflateOptions;
  export type RawData = events.RawData;
  export type Server = ServerClass;
  export type ServerOptions = types.ServerOptions;
  export type VerifyClientCallbackAsync = types.VerifyClientCallbackAsync;
  export type VerifyClientCallbackSync = types.VerifyClientCallbackSync;
  export type WebSocket = WebSocketClass;
  export type WebSocketEventMap = events.WebSocketEventMap<WebSocketClass>;
  export type WebSocketServer = ServerClass;
}
