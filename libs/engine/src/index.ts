export { CloseCode, isSendableCloseCode } from './protocol/close-code.js';
export {
  HandshakeError,
  LimitError,
  ProtocolError,
  UsageError,
  WebSocketError,
} from './protocol/errors.js';
export { decodeText } from './protocol/buffer-text.js';
export { Opcode, isControl } from './protocol/opcode.js';
export {
  FIN,
  FrameHeader,
  RSV1,
  RSV2,
  RSV3,
  fullHeaderLength,
  headerLength,
  readHeaderRest,
  readHeaderStart,
} from './protocol/frame-header.js';
export { freshMaskingKey, writeFrame } from './protocol/frame-encoder.js';
export { applyMask } from './protocol/mask.js';
export {
  DEFAULT_LIMITS,
  WS_LIMITS,
  resolveLimits,
  type ProtocolLimits,
  type TransportLimits,
} from './protocol/limits.js';
export { parseCookies, serializeCookie, type CookieAttributes } from './handshake/cookies.js';
export { parseExtensions, type ExtensionOffer } from './handshake/extension-header.js';
export { normalizeOrigin, originAllowed, type OriginPolicy } from './handshake/origin.js';
export { PreparedMessage } from './transport/prepared-message.js';
export {
  ReadyState,
  SendResult,
  type Transport,
  type TransportListener,
} from './transport/transport.js';
export { closeReason } from './transport/close-payload.js';
export { SocketTransport } from './transport/socket-transport.js';
export { WheelTimer } from './transport/timer-wheel.js';
export { sendBudget } from './transport/memory-budget.js';
export type { DropRule, SendPolicy } from './transport/send-policy.js';
export type { SendCallback } from './transport/send-waiters.js';
export {
  DEFAULT_HANDSHAKE_TIMEOUT,
  UpgradeRequest,
  type AcceptOptions,
  type UpgradeOptions,
} from './server/upgrade-request.js';
export { UpgradeRouter, type UpgradeRoute } from './server/upgrade-router.js';
export { refuseUpgrade, type Refusal } from './server/refuse-upgrade.js';
export { WebSocketServer, WebSocketServer as Server } from './server/websocket-server.js';
export type {
  ClientInfo,
  VerifyClient,
  WebSocketServerOptions,
} from './server/websocket-server.js';
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
export { ClientConnection, type ConnectionListener } from './client/client-connection.js';
export {
  DEFAULT_CLIENT_HANDSHAKE_TIMEOUT,
  resolveClientOptions,
  type ClientOptions,
} from './client/client-options.js';
export { readTarget } from './client/target.js';
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
export type {
  Compression,
  CompressionChoice,
  PerMessageDeflateOptions,
} from './deflate/deflate-options.js';
export { resolveCompression } from './deflate/deflate-options.js';
