import type { Connection } from '../connection/connection.js';
import { kCore } from '../connection/connection-core.js';
import type { CloseInfo } from '../connection/state/connection-end.js';
import { closeClass } from './close-class.js';
import { about } from './connection-news.js';
import { told } from './told.js';

/** @param transport what the engine calls it */
export function tellOpened(connection: Connection, transport: object): void {
  if (told.open.hasSubscribers) told.open.publish({ ...about(connection), transport });
}

export function tellClosed(connection: Connection, info: CloseInfo): void {
  if (!told.close.hasSubscribers) return;
  const { code, reason, wasClean } = info;
  told.close.publish({
    ...about(connection),
    transport: connection[kCore].transport,
    code,
    reason,
    wasClean,
    closeClass: closeClass(code),
    duration: Date.now() - connection.connectedAt,
  });
}
