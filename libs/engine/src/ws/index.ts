export { WebSocketServer, WebSocketServer as Server } from './websocket-server.js';
export type { ClientInfo, VerifyClient } from './client-verification.js';
export type { WebSocketServerOptions } from './websocket-server-options.js';
export { WebSocket, WebSocket as default } from './ws.js';
export type { SendOptions } from './message-writer.js';
export { createWebSocketStream } from './stream.js';
export type {
  AddressInfo,
  CertMeta,
  FinishRequestCallback,
  ServerOptions,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync,
} from './ws-types.js';
export type { BinaryType } from './binary-type.js';
export {
  CloseEvent,
  ErrorEvent,
  Event,
  MessageEvent,
  type Data,
  type RawData,
  type WebSocketEventMap,
  type WebSocketEvents,
  type WebSocketTarget,
} from './websocket-events.js';
export type { EventListenerOptions } from './event-target.js';
export type { MessageData } from './message-data.js';
export type { ClientOptions } from './client-options.js';
