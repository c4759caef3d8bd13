import type { MessageHandler } from '../dispatch/message-router.js';
import { ACK_EVENT } from '../wire/envelope.js';
import type { Mailbox } from '../mailbox/mailbox.js';

/** The handler of `$ack`, data `{ mail: number | number[] }`: takes mail out of the sender's mailbox. */
export function ackHandler(mailbox: Mailbox): MessageHandler {
  return {
    event: ACK_EVENT,
    handle(connection, data) {
      const mail =
        typeof data === 'object' && data !== null && 'mail' in data ? data.mail : undefined;
      return mailbox.acknowledge(connection, mail);
    },
  };
}
