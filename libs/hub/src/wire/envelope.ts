/** Longest event name a peer may use, in UTF-16 units: events are keys of maps and of logs. */
export const MAX_EVENT_LENGTH = 128;
/** Longest correlation id a peer may use, in UTF-16 units: the server keeps it until it answers. */
export const MAX_ID_LENGTH = 128;

/** Event under which every error is sent; its data is an `ErrorReply`. */
export const EXCEPTION_EVENT = 'exception';
/** Event by which a client stops the stream or the handler that answers the given id. */
export const CANCEL_EVENT = '$cancel';
/** First character of the events that the wire format itself gives a meaning. */
const RESERVED = '$';

/** Whether an event is the hub's: no handler gets it, the fallback neither. */
export function isReserved(event: string): boolean {
  return event.startsWith(RESERVED);
}

/**
 * One message as both ends see it, whatever codec carries it.
 *
 * - `event`: 1 to 128 characters
 * - `data`: anything the codec can carry; left out of the frame when undefined
 * - `id`: asks for a correlated answer (from a client) or is one (from the server); a finite number
 *   or a string of 1 to 128 characters
 * - `complete`: true on the last frame of a stream
 */
export interface Envelope {
  event: string;
  data: unknown;
  id?: string | number;
  complete?: boolean;
}
