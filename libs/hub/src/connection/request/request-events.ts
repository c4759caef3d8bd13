/** Event by which a client answers a request of the server: the same id, the answer as data. */
export const REPLY_EVENT = '$reply';
/** Event by which a client refuses one: the same id, data such as `{ code, message }`. */
export const REFUSE_EVENT = '$error';

let count = 0;

/**
 * Ids of the server's requests begin with `$`, so that a client tells them from answers to its own.
 * They are unique in the process: a broadcast asks many connections under one.
 */
export function requestId(): string {
  count++;
  return `$${count.toString(36)}`;
}
