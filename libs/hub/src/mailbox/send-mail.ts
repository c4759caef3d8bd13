import { SendResult } from '#engine';
import type { Connection } from '../connection/connection.js';
import { formOf } from './mail-form.js';
import type { Mail } from './mailbox-store.js';
import { kCore } from '../connection/connection-core.js';

/** @returns whether the connection has taken the mail, or has it already */
export function sendMail(connection: Connection, mail: Mail): boolean {
  const form = formOf(mail);
  if (form !== undefined) return handed(form.send(connection));
  const { event, data, number, acknowledged } = mail;
  return handed(
    connection[kCore].sendEnvelope(acknowledged ? { event, data, mail: number } : { event, data }),
  );
}

/** Whether a message is with the client, or on its way there. */
export function handed(result: SendResult): boolean {
  return result === SendResult.Sent || result === SendResult.Queued;
}
