export { WsModule } from './ws.module.js';
export type {
  CodecOption,
  ConnectionOptions,
  Http2PortOptions,
  SessionOptions,
  ShutdownOptions,
  WsModuleOptions,
  WsOptionsFactory,
} from './options/ws-options.interface.js';

export { GatewayMount, GatewayMount as GatewayServer } from './lifecycle/gateway-mount.js';

export {
  WsGateway,
  type WsGatewayOptions,
  type WsGatewaySettings,
} from './declaration/ws-gateway.decorator.js';
export type { GatewayVersion } from './declaration/gateway-version.js';
export { OnMessage } from './declaration/on-message.decorator.js';
export { contract, type ContractDecorators } from './declaration/contract/contract-decorators.js';
export { OnBinary } from './declaration/on-binary.decorator.js';
export type { HandlerOptions } from './declaration/handled-messages.js';
export { OnConnect } from './declaration/on-connect.decorator.js';
export { OnDisconnect } from './declaration/on-disconnect.decorator.js';
export { OnError } from './declaration/on-error.decorator.js';
export { OnPing } from './declaration/on-ping.decorator.js';
export { OnPong } from './declaration/on-pong.decorator.js';
export { OnDrain } from './declaration/on-drain.decorator.js';
export {
  VerifyClient,
  type GuardArgument,
  type VerifyMethodDecorator,
  type VerifyResult,
} from './declaration/verify-client.decorator.js';
export { Protocol } from './declaration/protocol.decorator.js';

export { MessageBody } from './declaration/params/message-body.decorator.js';
export { ConnectedSocket } from './declaration/params/connected-socket.decorator.js';
export { Handshake } from './declaration/params/handshake.decorator.js';
export { EventName } from './declaration/params/event-name.decorator.js';
export { NegotiatedProtocol } from './declaration/params/negotiated-protocol.decorator.js';
export { Signal } from './declaration/params/signal.decorator.js';
export { Upload, type UploadParamOptions } from './declaration/params/upload.decorator.js';
export type { PipeArgument } from './declaration/params/param-metadata.js';

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

export { CanJoin } from './declaration/can-join.decorator.js';
export { RateLimit } from './declaration/rate-limit.decorator.js';
export { throttleMessages } from './pipeline/throttle-messages.js';
export type {
  DrainOptions,
  LoadOptions,
  RealtimeOptions,
} from './options/realtime-options.interface.js';

export { onDiagnostics, type Diagnostics } from './diagnostics/on-diagnostics.js';
export type { DecidedUpgrade, UpgradeOutcome } from './upgrade/upgrade-decision.js';
export { MessageContext } from './pipeline/message-context.js';
export { WsConfigurationError } from './support/ws-configuration-error.js';
export { WsError } from './support/ws-error.js';

export type {
  AnyContract,
  CallAnswer,
  CallData,
  CallName,
  Contract,
  DataOf,
  EventData,
  MailData,
  MailName,
  PresenceOf,
  QuestionAnswer,
  QuestionData,
  QuestionName,
  StreamData,
  StreamItem,
  StreamName,
  UploadAnswer,
  UploadData,
  UploadName,
  UserOf,
} from '#contract';
export { CloseCode, ReadyState, SendResult, type SendPolicy, type TransportLimits } from '#engine';
export {
  ApplicationCloseCode,
  Broadcast,
  Broadcaster,
  Cluster,
  Connection,
  ConnectionRegistry,
  createJsonCodec,
  createMsgpackCodec,
  EncodeError,
  ErrorCode,
  History,
  Hub,
  IncomingUpload,
  BrokerUnavailable,
  Mailbox,
  memoryBroker,
  MemoryBrokerServer,
  readChannel,
  PartialResultError,
  Presence,
  readSince,
  RequestError,
  Rooms,
  WireError,
  type Appended,
  type BroadcastResult,
  type CloseInfo,
  type Answered,
  type Around,
  type CloseClass,
  type ConnectionNews,
  type DeliveredBroadcast,
  type HandledMessage,
  type HubScope,
  type TraceContext,
  type Broker,
  type BrokerHistory,
  type BrokerHost,
  type BrokerMailbox,
  type BrokerSession,
  type ChannelKind,
  type ClusterConnections,
  type ClusterRooms,
  type ClusterSelector,
  type ConnectionRef,
  type LogEnd,
  type LogEntry,
  type Logged,
  type LogLimit,
  type LogNews,
  type LogPage,
  type MailEntry,
  type MemoryBrokerServerOptions,
  type MissingNode,
  type MissingReason,
  type NumberedMail,
  type Outgoing,
  type PartialResult,
  type QueryOptions,
  type ClusterObserver,
  type ClusterOptions,
  type ClusterState,
  type ClusterStats,
  type Codec,
  type CodecOptions,
  type ConnectionFilter,
  type ConnectionLimitOptions,
  type ConnectionSelector,
  type ConnectionStats,
  type DrainProgress,
  type Dropped,
  type Envelope,
  type ErrorReply,
  type EventRate,
  type Gap,
  type GapReason,
  type HandshakeSnapshot,
  type JsonCodecOptions,
  type HistoryBounds,
  type HistoryOptions,
  type IdempotencyOptions,
  type HistoryPage,
  type HistoryStore,
  type HubStats,
  type Ignored,
  type IgnoredReason,
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
  type NodeInfo,
  type Person,
  type Position,
  type LocalPresence,
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
  type UploadOptions,
  type UserIdOf,
  type RegistryObserver,
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
