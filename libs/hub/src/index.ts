export { wireCodecs, type Codec } from './wire/codec.js';
export { HubCloseCauses } from './wire/close-causes.js';
export { ApplicationCloseCode, refusalCode } from './wire/close-codes.js';
export { EncodeError } from './wire/encode-error.js';
export {
  EXCEPTION_EVENT,
  isChoosable,
  EXPIRING_EVENT,
  JOIN_EVENT,
  MAX_EVENT_LENGTH,
  WIRE_MSGPACK_PROTOCOL,
  WIRE_PROTOCOL,
  type Envelope,
  type Position,
} from './wire/envelope.js';
export { ErrorCode } from './wire/error-code.js';
export { errorReply, type ErrorReply } from './wire/error-reply.js';
export { createJsonCodec, jsonCodec, type JsonCodecOptions } from './wire/json.codec.js';
export type { CodecOptions } from './wire/max-depth.js';
export { createMsgpackCodec, loadMsgpackCodec } from './wire/msgpack.codec.js';
export { ByteReader, MalformedBytes } from './support/byte-reader.js';
export { ByteWriter } from './support/byte-writer.js';
export { isThenable } from './support/thenable.js';
export { isId, readEnvelope } from './wire/read-envelope.js';
export { refusalReason } from './wire/refusal-reason.js';
export { unknownEvent } from './wire/unknown-event.js';
export { WireError } from './wire/wire-error.js';

export type { CloseInfo } from './connection/state/connection-end.js';
export { Connection } from './connection/connection.js';
export { transportOf } from './connection/transport-of.js';
export { ConnectionRegistry } from './connection/connection-registry.js';
export type { ConnectionFilter, ConnectionSelector } from './connection/connection-filter.js';
export { userIdOf, type UserIdOf } from './connection/user-id.js';
export { snapshot, type HandshakeSnapshot } from './connection/handshake-snapshot.js';

export type { IdempotencyOptions } from './answers/idempotency-options.js';
export type { ErrorContext } from './connection/error-context.js';
export type { EndpointHooks } from './endpoint/endpoint-hooks.js';
export { LANE_OPTIONS } from './dispatch/lane-options.js';
export { MessageRouter, type MessageHandler } from './dispatch/message-router.js';
export { isAbort } from './dispatch/reply-writer.js';
export { releaseStream } from './dispatch/stream-source.js';

export type { RequestResult } from './rooms/broadcast-request.js';
export { RequestError, type Unanswered } from './connection/request/request-error.js';
export type { RequestOptions } from './connection/request/request-options.js';

export { Broadcast, type BroadcastResult } from './rooms/broadcast.js';
export { Broadcaster } from './rooms/broadcaster.js';
export type { RoomAccess, RoomGrant } from './commands/room-access.js';
export type { RoomObserver } from './rooms/room-observer.js';
export type { SendOptions } from './connection/send-options.js';
export { Rooms } from './rooms/rooms.js';

export { Endpoint } from './endpoint/endpoint.js';
export { ENDPOINT_OPTIONS, type EndpointConfig } from './endpoint/endpoint-config.js';
export { HUB_OPTIONS, type HubOptions, type HubStats } from './hub-options.js';
export { Hub } from './hub.js';
export { DRAIN_OPTIONS, type DrainProgress, type ShutdownNotice } from './drain/drain-options.js';

export type { HistoryOptions, RoomHistoryOptions } from './history/history-options.js';
export type {
  Appended,
  HistoryPage,
  HistoryStore,
  NewMessage,
  StoredMessage,
} from './history/history-store.js';
export type {
  Broker,
  BrokerHost,
  BrokerSession,
  Logged,
  LogLimit,
  Outgoing,
} from './broker/broker.js';
export type {
  BrokerHistory,
  HistoryBounds,
  LogEnd,
  LogEntry,
  LogNews,
  LogPage,
} from './broker/broker-history.js';
export type {
  BrokerMailbox,
  MailboxBounds,
  MailEntry,
  NumberedMail,
} from './broker/broker-mailbox.js';
export type { HubScope } from './support/hub-scope.js';
export type { CloseClass } from './diagnostics/close-class.js';
export { pathOf, type ConnectionNews } from './diagnostics/connection-news.js';
export type { Around, DeliveredBroadcast, HandledMessage } from './diagnostics/news.js';
export type { TraceContext } from './support/trace-context.js';
export { Enclosed, isEnclosed } from './diagnostics/enclosed.js';
export type { HubDiagnostics } from './diagnostics/told.js';
export { kEnter } from './support/own-names.js';
export { Cluster } from './cluster/cluster.js';
export type {
  ClusterDiagnostics,
  ClusterObserver,
  ClusterState,
  Dropped,
  Ignored,
} from './cluster/cluster-observer.js';
export type { ClusterOptions } from './cluster/cluster-options.js';
export type { ClusterStats } from './cluster/cluster-stats.js';
export type { NodeInfo } from './cluster/bus/cluster-bus.js';
export type { Gap, GapReason } from './cluster/delivery/gap.js';
export type { IgnoredReason } from './cluster/bus/ignored-reason.js';
export type { RegistryObserver } from './connection/registry-observer.js';
export { BrokerUnavailable } from './broker/broker-unavailable.js';
export { memoryBroker } from './broker/memory/memory-broker.js';
export {
  MemoryBrokerServer,
  type MemoryBrokerServerOptions,
} from './broker/memory/memory-broker-server.js';
export { messageTooLong } from './broker/message-too-long.js';
export { readChannel, type ChannelKind } from './broker/channel.js';
export type { Joined, JoinOptions } from './history/recovery.js';
export type { Publication, PublishOptions } from './history/publications.js';
export { History } from './history/history.js';
export { readSince, type Since } from './history/position.js';

export type { LocalPresence } from './presence/local-presence.js';
export type { Person, PresenceStore } from './presence/presence-store.js';
export type { PresenceUpdate } from './presence/presence-news.js';
export { Presence, type PresenceOptions } from './presence/presence.js';

export type { Mail, MailboxStore } from './mailbox/mailbox-store.js';
export type {
  MailboxOptions,
  MailboxStats,
  MailOptions,
  MailResult,
} from './mailbox/mailbox-options.js';
export { Mailbox } from './mailbox/mailbox.js';

export { IncomingUpload } from './uploads/incoming-upload.js';
export type { UploadOptions } from './uploads/upload-options.js';
export { uploadOf, type UploadRules } from './uploads/uploads.js';

export { type ConnectionLimitOptions, type ConnectionStats } from './limits/connection-limits.js';
export { EVENT_RATE_OPTIONS, limitRate, type EventRate } from './limits/event-rate.js';
export type { Rate } from './rates/message-rates.js';
export {
  type RateOptions,
  type RateScope,
  type RateStats,
  type ViolationPolicy,
} from './limits/rate-limiter.js';
export {
  sendPolicy,
  type SlowConsumer,
  type SlowConsumerHook,
  type SlowConsumerStats,
} from './limits/slow-consumers.js';
export { transportLimits } from './limits/transport-limits.js';

export { REQUIRED, type AnyOptions, type Option, type OptionsFor } from './options/option.js';
export {
  attempt,
  callback,
  count,
  delay,
  delayOrOff,
  flag,
  isWhole,
  kind,
  objectWith,
  text,
  wholeFrom,
} from './options/option-kinds.js';
export { filled, nested, optional, withDefault } from './options/nested-options.js';
export { OptionPlace } from './options/option-place.js';
export { checkNames, isOptions, OptionTable, type Resolved } from './options/option-table.js';

export type { ClusterConnections, ClusterSelector } from './connection/cluster-connections.js';
export {
  PartialResultError,
  type Answered,
  type MissingNode,
  type MissingReason,
  type PartialResult,
  type QueryOptions,
} from './connection/cluster-result.js';
export type { ConnectionRef } from './connection/connection-ref.js';
export type { ClusterRooms } from './rooms/cluster-rooms.js';
