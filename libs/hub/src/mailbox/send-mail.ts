import { SendResult } from '#engine';
import type { Connection } from '../connection/connection.js';
import type { Mail } from './mailbox-store.js';

/** @returns whether the connection has taken the mail */
export function sendMail(
  connection: Connection,
  { event, data, number, acknowledged }: Mail,
): boolean {
  return handed(
    connection.sendEnvelope(acknowledged ? { event, data, mail: number } : { event, data }),
  );
}

/** Whether a message is with the client, or on its way there. */
export function handed(result: SendResult): boolean {
  return result === SendResult.Sent || result === SendResult.Queued;
}
