import type { EventEmitter } from 'node:events';
import type { CancelPong, ConnectionEvents } from './connection-events.js';

/** Emits `ping` and tells whether a listener wants no pong for it. */
export function isPongCancelled(
  connection: EventEmitter<ConnectionEvents>,
  payload: Buffer,
): boolean {
  if (connection.listenerCount('ping') === 0) return false;
  let cancelled = false;
  const cancel: CancelPong = () => {
    cancelled = true;
  };
  connection.emit('ping', cancel, payload);
  return cancelled || cancel.cancel === true;
}
