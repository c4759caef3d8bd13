import type { TraceContext } from '../support/trace-context.js';

/**
 * Subprotocols by which a client says that it speaks version 1 of the wire. Every gateway takes them beside its
 * own; what would break such a client gets another number.
 */
export const WIRE_PROTOCOL = 'nestwire.1';
/** The same in MessagePack. */
export const WIRE_MSGPACK_PROTOCOL = 'nestwire.1.msgpack';

/** Longest event name a peer may use, in UTF-16 units: events are keys of maps and of logs. */
export const MAX_EVENT_LENGTH = 128;
/** Longest correlation id a peer may use, in UTF-16 units: the server keeps it until it answers. */
export const MAX_ID_LENGTH = 128;

/** Longest key of a call, in UTF-16 units. */
export const MAX_KEY_LENGTH = 128;

/** Event under which every error is sent; its data is an `ErrorReply`. */
export const EXCEPTION_EVENT = 'exception';
/** Event that tells a client that its session is about to end. */
export const EXPIRING_EVENT = 'expiring';
/** Event by which a client stops the stream or the handler that answers the given id. */
export const CANCEL_EVENT = '$cancel';
/** Event by which a client asks whether the server is there. */
export const PING_EVENT = '$ping';
/** Event by which a client enters a room, where the gateway lets clients do so: `{ room, epoch?, offset? }`. */
export const JOIN_EVENT = '$join';
/** Event by which a client leaves a room: `{ room }`. */
export const LEAVE_EVENT = '$leave';
/** Tells a client that it is in a room, before any message of the room; data is a `Joined`. */
export const JOINED_EVENT = '$joined';
/** Event by which a client acknowledges mail: `{ mail: number | number[] }`. */
export const ACK_EVENT = '$ack';
/** Event by which a client asks what mail waits for it: `{ event?, after?, most? }`. */
export const MAIL_EVENT = '$mail';
/** Tells a client who is in a room: all of them, or who came and left; see `PresenceUpdate`. */
export const PRESENCE_EVENT = '$presence';
/** Tells a client that the server is about to close the connection; see `ShutdownNotice`. */
export const SHUTDOWN_EVENT = '$shutdown';
/** Tells a client that messages of a room may have been lost between two servers: `{ room }`. */
export const GAP_EVENT = '$gap';
/** Tells a client how much of an upload it may send: `{ id, upload, received, until, chunk }`. */
export const UPLOAD_EVENT = '$upload';
/** First character of the events that the wire format itself gives a meaning. */
const RESERVED = '$';

/** Whether an event is the hub's: no handler gets it, the fallback neither. */
export function isReserved(event: string): boolean {
  return event.startsWith(RESERVED);
}

/**
 * Whether an answer may be sent under this event. The events that mean something to every client are
 * ours: a value that looks like one may come from a store or from another client, and is plain data.
 */
export function isChoosable(event: string): boolean {
  return !isReserved(event) && event !== EXCEPTION_EVENT && event !== EXPIRING_EVENT;
}

/**
 * One message as both ends see it, whatever codec carries it.
 *
 * - `event`: 1 to 128 characters
 * - `data`: anything the codec can carry; left out of the frame when undefined
 * - `id`: asks for a correlated answer (from a client) or is one (from the server); a finite number
 *   or a string of 1 to 128 characters
 * - `key`: from a client, beside an `id`: a call that is sent again under the same key is handled once
 * - `upload`: from a client, beside an `id`: bytes belong to this call, `{ size? }`
 * - `trace`: from a client, its `traceparent` and `tracestate` as W3C Trace Context has them; what is not
 *   by the rules is left out
 * - `complete`: true on the last frame of a stream
 * - `at`: from the server, the place of a message in the history of a room
 * - `mail`: from the server, the number of a message the client is to acknowledge with `$ack`
 */
export interface Envelope {
  event: string;
  data: unknown;
  id?: string | number;
  key?: string;
  upload?: UploadNotice;
  trace?: TraceContext;
  complete?: boolean;
  at?: Position;
  mail?: number;
}

/** What a client says of bytes that are to come. */
export interface UploadNotice {
  /** How many, where it knows. */
  readonly size?: number | undefined;
}

/**
 * A place in the history of a room. Offsets count from 1 without gaps as long as the epoch stays the
 * same; a new epoch means that the history was lost and began anew. A client keeps the last one it
 * received of each room, whole, and hands it back when it returns.
 */
export interface Position {
  readonly room: string;
  readonly epoch: string;
  readonly offset: number;
}
