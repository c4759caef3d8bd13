export { WsModule } from './ws.module.js';
export type {
  CodecOption,
  ConnectionOptions,
  SessionOptions,
  ShutdownOptions,
  WsModuleOptions,
  WsOptionsFactory,
} from './ws-options.interface.js';

export { GatewayServer } from './lifecycle/gateway-server.js';

export {
  WsGateway,
  type WsGatewayOptions,
  type WsGatewaySettings,
} from './decorators/ws-gateway.decorator.js';
export type { GatewayVersion } from './gateway/gateway-version.js';
export { OnMessage } from './decorators/on-message.decorator.js';
export { OnBinary } from './decorators/on-binary.decorator.js';
export type { HandlerOptions } from './decorators/handled-messages.js';
export { OnConnect } from './decorators/on-connect.decorator.js';
export { OnDisconnect } from './decorators/on-disconnect.decorator.js';
export { OnError } from './decorators/on-error.decorator.js';
export { OnPing } from './decorators/on-ping.decorator.js';
export { OnPong } from './decorators/on-pong.decorator.js';
export { OnDrain } from './decorators/on-drain.decorator.js';
export {
  VerifyClient,
  type GuardArgument,
  type VerifyMethodDecorator,
  type VerifyResult,
} from './decorators/verify-client.decorator.js';
export { Protocol } from './decorators/protocol.decorator.js';

export { MessageBody } from './decorators/message-body.decorator.js';
export { ConnectedSocket } from './decorators/connected-socket.decorator.js';
export { Handshake } from './decorators/handshake.decorator.js';
export { EventName } from './decorators/event-name.decorator.js';
export { NegotiatedProtocol } from './decorators/negotiated-protocol.decorator.js';
export { Signal } from './decorators/signal.decorator.js';
export type { PipeArgument } from './decorators/param-metadata.js';

export {
  firstToken,
  tokenFromCookie,
  tokenFromHeader,
  tokenFromProtocol,
  tokenFromQuery,
  type TokenExtractor,
  type TokenSource,
} from './auth/token-extractors.js';
export { Sessions } from './auth/sessions.js';

export { CanJoin } from './realtime/can-join.decorator.js';
export { RateLimit } from './realtime/rate-limit.decorator.js';
export { throttleMessages } from './realtime/throttle-messages.js';
export type {
  DrainOptions,
  LoadOptions,
  RealtimeOptions,
} from './realtime/realtime-options.interface.js';

export { MessageContext } from './gateway/message-context.js';
export { WsConfigurationError } from './errors/ws-configuration-error.js';
export { WsError } from './errors/ws-error.js';

export { CloseCode, ReadyState, SendResult, type SendPolicy, type TransportLimits } from '#engine';
export {
  ApplicationCloseCode,
  Broadcast,
  Broadcaster,
  Connection,
  ConnectionRegistry,
  EncodeError,
  ErrorCode,
  History,
  Hub,
  Mailbox,
  Presence,
  readSince,
  RequestError,
  Rooms,
  WireError,
  type Appended,
  type BroadcastResult,
  type CloseInfo,
  type Codec,
  type ConnectionFilter,
  type ConnectionLimitOptions,
  type ConnectionSelector,
  type ConnectionStats,
  type DrainProgress,
  type Envelope,
  type ErrorReply,
  type EventRate,
  type HandshakeSnapshot,
  type HistoryBounds,
  type HistoryOptions,
  type HistoryPage,
  type HistoryStore,
  type HubStats,
  type Joined,
  type JoinOptions,
  type Mail,
  type MailboxBounds,
  type MailboxOptions,
  type MailboxStats,
  type MailboxStore,
  type MailOptions,
  type MailResult,
  type NewMessage,
  type Person,
  type Position,
  type PresenceOptions,
  type PresenceStore,
  type PresenceUpdate,
  type Publication,
  type PublishOptions,
  type Rate,
  type RateOptions,
  type RateScope,
  type RateStats,
  type RequestOptions,
  type RequestResult,
  type RoomGrant,
  type RoomHistoryOptions,
  type RoomObserver,
  type SendOptions,
  type ShutdownNotice,
  type Since,
  type SlowConsumer,
  type SlowConsumerHook,
  type SlowConsumerStats,
  type StoredMessage,
  type Unanswered,
  type UserIdOf,
  type ViolationPolicy,
} from '#hub';

export { NestwireAdapter } from './adapter/nestwire.adapter.js';
export type {
  MessageParser,
  NestwireAdapterOptions,
  ParsedMessage,
  RawMessage,
  StandardGatewayOptions,
} from './adapter/adapter-options.interface.js';
