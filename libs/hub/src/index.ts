export type { Codec } from './wire/codec.js';
export { encodeEnvelope } from './wire/codec.js';
export { ApplicationCloseCode, checkCloseFrame } from './wire/close-codes.js';
export { EncodeError } from './wire/encode-error.js';
export type { Envelope, Position } from './wire/envelope.js';
export {
  ACK_EVENT,
  CANCEL_EVENT,
  EXCEPTION_EVENT,
  JOIN_EVENT,
  JOINED_EVENT,
  LEAVE_EVENT,
  MAX_EVENT_LENGTH,
  MAX_ID_LENGTH,
  PRESENCE_EVENT,
  SHUTDOWN_EVENT,
} from './wire/envelope.js';
export { ErrorCode } from './wire/error-code.js';
export type { ErrorReply } from './wire/error-reply.js';
export { errorReply } from './wire/error-reply.js';
export { jsonCodec } from './wire/json.codec.js';
export { loadMsgpackCodec } from './wire/msgpack.codec.js';
export { readEnvelope } from './wire/read-envelope.js';
export type { WireErrorOptions } from './wire/wire-error.js';
export { WireError } from './wire/wire-error.js';

export type { CloseInfo } from './connection/connection.js';
export { Connection } from './connection/connection.js';
export { ConnectionRegistry, MAX_TAGS } from './connection/connection-registry.js';
export type { ConnectionFilter, ConnectionSelector } from './connection/connection-filter.js';
export type { UserIdOf } from './connection/user-id.js';
export { userIdOf } from './connection/user-id.js';
export type { HandshakeSnapshot, SnapshotOptions } from './connection/handshake-snapshot.js';
export { snapshot } from './connection/handshake-snapshot.js';

export type { ErrorContext, ErrorReporter } from './connection/error-context.js';
export type { EndpointHooks } from './endpoint/endpoint-hooks.js';
export type { MessageHandler } from './dispatch/message-router.js';
export { MessageRouter } from './dispatch/message-router.js';
export type { StreamSource, Subscribable } from './dispatch/stream-source.js';
export { isAbort } from './dispatch/reply-writer.js';
export { isStream, releaseStream } from './dispatch/stream-source.js';

export type { RequestResult } from './rooms/broadcast-request.js';
export { MAX_PENDING_REQUESTS } from './connection/pending-requests.js';
export type { Unanswered } from './connection/request-error.js';
export { RequestError } from './connection/request-error.js';
export { REFUSE_EVENT, REPLY_EVENT } from './connection/request-events.js';
export type { RequestOptions } from './connection/request-options.js';

export type { BroadcastResult } from './rooms/broadcast.js';
export { Broadcast } from './rooms/broadcast.js';
export { Broadcaster } from './rooms/broadcaster.js';
export type { RoomAccess, RoomGrant } from './commands/room-access.js';
export type { RoomObserver } from './rooms/room-observer.js';
export type { SendOptions } from './connection/send-options.js';
export type { RoomsOptions } from './rooms/rooms.js';
export { MAX_ROOM_NAME_LENGTH, Rooms } from './rooms/rooms.js';

export type { AcceptOptions, EndpointConfig, Upgrade } from './endpoint/endpoint.js';
export { Endpoint } from './endpoint/endpoint.js';
export type { HubOptions, HubStats } from './hub-options.js';
export { Hub } from './hub.js';
export type { DrainProgress, HubCloseOptions, ShutdownNotice } from './drain/drain-options.js';

export type { HistoryOptions, RoomHistoryOptions } from './history/history-options.js';
export type {
  Appended,
  HistoryBounds,
  HistoryPage,
  HistoryStore,
  NewMessage,
  StoredMessage,
} from './history/history-store.js';
export { MemoryHistoryStore } from './history/memory-history-store.js';
export type { Joined, JoinOptions, Publication, PublishOptions } from './history/history.js';
export { History } from './history/history.js';
export type { Since } from './history/position.js';
export { readSince } from './history/position.js';

export type { Person, PresenceStore } from './presence/presence-store.js';
export { MemoryPresenceStore } from './presence/memory-presence-store.js';
export type { PresenceOptions, PresenceUpdate } from './presence/presence.js';
export { Presence } from './presence/presence.js';

export type { Mail, MailboxBounds, MailboxStore } from './mailbox/mailbox-store.js';
export { MemoryMailboxStore } from './mailbox/memory-mailbox-store.js';
export type { MailboxOptions, MailboxStats, MailOptions, MailResult } from './mailbox/mailbox.js';
export { Mailbox } from './mailbox/mailbox.js';

export { ClientAddress } from './limits/client-address.js';
export type { ConnectionLimitOptions, ConnectionStats } from './limits/connection-limits.js';
export { ConnectionLimits } from './limits/connection-limits.js';
export type { EventRate } from './limits/event-rate.js';
export { limitRate } from './limits/event-rate.js';
export type { Rate } from './rates/message-rates.js';
export type { RateOptions, RateScope, RateStats, ViolationPolicy } from './limits/rate-limiter.js';
export { RateLimiter } from './limits/rate-limiter.js';
export type {
  SlowConsumer,
  SlowConsumerHook,
  SlowConsumerOptions,
  SlowConsumerStats,
} from './limits/slow-consumers.js';
