// What the layers above stand on: `#engine`. The API of `ws`, which stands on it too, is `#ws`.
export { CloseCauses, type CloseCause } from './protocol/close-causes.js';
export { MAX_CLOSE_REASON, MAX_CONTROL_PAYLOAD } from './protocol/control-payload.js';
export { CloseCode, isSendableCloseCode } from './protocol/close-code.js';
export {
  HandshakeError,
  LimitError,
  ProtocolError,
  UsageError,
  WebSocketError,
} from './protocol/errors.js';
export { decodeText } from './bytes/buffer-text.js';
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
export { applyMask } from './bytes/mask.js';
export {
  DEFAULT_LIMITS,
  WS_LIMITS,
  resolveLimits,
  type ProtocolLimits,
  type TransportLimits,
} from './protocol/limits.js';
export { nearestName } from './protocol/nearest-name.js';
export { parseCookies, serializeCookie, type CookieAttributes } from './handshake/cookies.js';
export { parseExtensions, type ExtensionOffer } from './handshake/extension-header.js';
export { forwardedHops } from './handshake/forwarded-hops.js';
export { isToken } from './handshake/header-tokens.js';
export type { Opening } from './opening/opening.js';
export { normalizeOrigin, originAllowed, type OriginPolicy } from './handshake/origin.js';
export { TrustedProxies } from './upgrade/trusted-proxies.js';
export { PreparedMessage } from './sending/prepared-message.js';
export { SendResult } from './sending/send-result.js';
export { ReadyState, type Transport, type TransportListener } from './transport/transport.js';
export { closeReason } from './protocol/close-payload.js';
export { SocketTransport } from './transport/socket-transport.js';
export type { EngineDiagnostics, MessagePassed } from './runtime/diagnostics.js';
export { WheelTimer } from './runtime/timer-wheel.js';
export { sendBudget } from './runtime/memory-budget.js';
export type { DropRule, SendPolicy } from './sending/send-policy.js';
export type { SendCallback } from './sending/send-waiters.js';
export {
  DEFAULT_HANDSHAKE_TIMEOUT,
  UpgradeRequest,
  type AcceptOptions,
  type UpgradeOptions,
} from './upgrade/upgrade-request.js';
export type { FramedRefusal, RefuseInFrames } from './upgrade/framed-refusal.js';
export { UpgradeRouter, type UpgradeRoute } from './upgrade/upgrade-router.js';
export {
  createHttp2OnlyServer,
  DEFAULT_MAX_PER_SESSION,
  endSessions,
  type Http2OnlyOptions,
} from './upgrade/http2-only-server.js';
export type { UpgradableServer } from './upgrade/upgradable-server.js';
export { createUpgradeOnlyServer, type UpgradeOnlyOptions } from './upgrade/upgrade-only-server.js';
export {
  checkAllowedOrigins,
  pageAllowed,
  pageRefusal,
  pageRefusalLog,
} from './upgrade/page-origin.js';
export { refuseUpgrade, type Refusal } from './opening/refuse-upgrade.js';
export { ClientConnection, type ConnectionListener } from './client/client-connection.js';
export {
  DEFAULT_CLIENT_HANDSHAKE_TIMEOUT,
  resolveClientOptions,
  type ConnectOptions,
} from './client/client-options.js';
export { readTarget } from './client/target.js';
export {
  resolveCompression,
  type Compression,
  type CompressionChoice,
  type PerMessageDeflateOptions,
} from './deflate/deflate-options.js';
