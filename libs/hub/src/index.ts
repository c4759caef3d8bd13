export type { Codec } from './wire/codec.js';
export { encodeEnvelope } from './wire/codec.js';
export { ApplicationCloseCode } from './wire/close-codes.js';
export { EncodeError } from './wire/encode-error.js';
export type { Envelope } from './wire/envelope.js';
export { CANCEL_EVENT, EXCEPTION_EVENT, MAX_EVENT_LENGTH, MAX_ID_LENGTH } from './wire/envelope.js';
export { ErrorCode } from './wire/error-code.js';
export type { ErrorReply } from './wire/error-reply.js';
export { errorReply } from './wire/error-reply.js';
export { jsonCodec } from './wire/json.codec.js';
export { readEnvelope } from './wire/read-envelope.js';
export type { WireErrorOptions } from './wire/wire-error.js';
export { WireError } from './wire/wire-error.js';

export type { CloseInfo } from './connection/connection.js';
export { Connection } from './connection/connection.js';
export { ConnectionRegistry } from './connection/connection-registry.js';
export type { HandshakeSnapshot, SnapshotOptions } from './connection/handshake-snapshot.js';
export { snapshot } from './connection/handshake-snapshot.js';

export type { ErrorContext, ErrorReporter, GatewayHooks } from './dispatch/gateway-hooks.js';
export type { MessageHandler } from './dispatch/message-router.js';
export { MessageRouter } from './dispatch/message-router.js';
export type { StreamSource, Subscribable } from './dispatch/stream-source.js';
export { isStream } from './dispatch/stream-source.js';

export type { BroadcastResult } from './rooms/broadcast.js';
export { Broadcast } from './rooms/broadcast.js';
export type { RoomsOptions } from './rooms/rooms.js';
export { MAX_ROOM_NAME_LENGTH, Rooms } from './rooms/rooms.js';

export type { AcceptOptions, GatewayConfig, Upgrade } from './gateway-endpoint.js';
export { GatewayEndpoint } from './gateway-endpoint.js';
export type { HubCloseOptions, HubOptions } from './hub.js';
export { Hub } from './hub.js';
