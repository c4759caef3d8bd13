import { channel } from 'node:diagnostics_channel';
import type * as News from './news.js';

/** What is told by the channels of the hub, by their names. */
export interface HubDiagnostics {
  /** A connection was let in; its connect hook comes next. */
  'nestwire:hub:open': News.Opened;
  /** It has closed; its disconnect hook comes next. */
  'nestwire:hub:close': News.Closed;
  /** A handler is about to run. */
  'nestwire:message:begin': News.HandledMessage;
  /** The same object: it has run, and the client is answered. */
  'nestwire:message:end': News.HandledMessage;
  /** A client got an exception. */
  'nestwire:message:refused': News.Refused;
  /** Messages over a limit of rate. */
  'nestwire:rate:limited': News.RateLimited;
  /** Messages that were dropped for a client reads too slowly. */
  'nestwire:slow:dropped': News.SlowDropped;
  /** A connection that is closed for its client reads too slowly. */
  'nestwire:slow:closed': News.SlowClosed;
  'nestwire:room:created': News.RoomNews;
  'nestwire:room:joined': News.RoomNews;
  'nestwire:room:left': News.RoomNews;
  'nestwire:room:emptied': News.RoomNews;
  /** A client is in a room with a history, and has been told what it missed. */
  'nestwire:room:recovered': News.Recovered;
  /** A message is about to go to many connections. */
  'nestwire:broadcast:begin': News.DeliveredBroadcast;
  /** The same object: it has been handed to all of them. */
  'nestwire:broadcast:end': News.DeliveredBroadcast;
  /** A hub closes, stage by stage. */
  'nestwire:hub:drain': News.Draining;
}

/** A channel that carries one kind of message. */
interface Topic<Message> {
  /** Asked before anything is built. */
  readonly hasSubscribers: boolean;
  publish(message: Message): void;
}

function topic<Name extends keyof HubDiagnostics>(name: Name): Topic<HubDiagnostics[Name]> {
  return channel(name);
}

/** What happens in a hub, on Node's `diagnostics_channel`. */
export const told = {
  open: topic('nestwire:hub:open'),
  close: topic('nestwire:hub:close'),
  messageBegin: topic('nestwire:message:begin'),
  messageEnd: topic('nestwire:message:end'),
  refused: topic('nestwire:message:refused'),
  rateLimited: topic('nestwire:rate:limited'),
  slowDropped: topic('nestwire:slow:dropped'),
  slowClosed: topic('nestwire:slow:closed'),
  roomCreated: topic('nestwire:room:created'),
  roomJoined: topic('nestwire:room:joined'),
  roomLeft: topic('nestwire:room:left'),
  roomEmptied: topic('nestwire:room:emptied'),
  recovered: topic('nestwire:room:recovered'),
  broadcastBegin: topic('nestwire:broadcast:begin'),
  broadcastEnd: topic('nestwire:broadcast:end'),
  drain: topic('nestwire:hub:drain'),
};
