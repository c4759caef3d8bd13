export type * from '#contract';
export type { Client } from './client.js';
export { connectLean } from './connect-lean.js';
export { stream } from './messages/ask-stream.js';
export type {
  CallOptions,
  ClientStats,
  LeanClient,
  OnceOptions,
  SendOptions,
} from './messages/lean-client.js';
export type { MailLocks } from './mail/mail-locks.js';
export type { MailInfo, MailOptions } from './mail/mail-options.js';
export { onMail } from './mail/on-mail.js';
export { onAsk } from './messages/on-ask.js';
export { onFrame, type FrameDirection, type FrameListener } from './messages/on-frame.js';
export { once } from './messages/once.js';
export type { StreamOptions } from './messages/stream-options.js';
export { room } from './rooms/enter-room.js';
export { connect } from './connect.js';
export type {
  ClientOptions,
  LostConnection,
  Query,
  TokenRequest,
} from './connection/client-options.js';
export type { ClientState, Why } from './connection/client-state.js';
export type { EventInfo } from './messages/event-info.js';
export type { Person } from './rooms/people.js';
export { presence, type RoomPresence } from './rooms/presence.js';
export type { Joined, Recovered, Room } from './rooms/room.js';
export type { UploadOptions, UploadProgress, UploadSource } from './uploads/upload-options.js';
export { upload } from './uploads/upload.js';
export { ClientError } from './support/client-error.js';
export type { Off } from './support/off.js';
export type { ClientCodec } from './wire/client-codec.js';
export type { Frame, Position } from './wire/frame.js';
export type { WebSocketClass, WebSocketLike } from './wire/web-socket.js';
