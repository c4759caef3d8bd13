export type * from '#contract';
export type { CallOptions, Client, ClientStats, SendOptions, StreamOptions } from './client.js';
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
export { ClientError } from './support/client-error.js';
export type { Off } from './support/off.js';
export type { ClientCodec } from './wire/client-codec.js';
export type { Frame, Position } from './wire/frame.js';
export type { WebSocketClass, WebSocketLike } from './wire/web-socket.js';
