import { Mailbox } from '../mailbox/mailbox.js';
import { NodeMail } from '../mailbox/shared/node-mail.js';
import type { Relay } from '../rooms/relay.js';
import { KnownCodecs } from '../wire/encoded/known-codecs.js';
import type { Faults } from './faulty-log.js';
import { MailNode, type MailServer } from './faulty-mailbox.js';
import { serve } from './fake-upgrade.js';
import { kArrived } from '../support/own-names.js';

/** A process with connections, whose mail is that of all nodes. */
export function mailNode(server: MailServer, faults: Partial<Faults> = {}) {
  const { clock } = server;
  const { hub, connect } = serve();
  const { registry } = hub;
  const node = new MailNode(server, faults);
  const errors: unknown[] = [];
  const report = (error: unknown): void => void errors.push(error);
  /** Users whose mail was handed over here alone. */
  const forwarded: unknown[] = [];
  const relay: Pick<Relay, 'forward'> = {
    forward: ({ users }, _message, event) => void forwarded.push([...users, event]),
  };
  const users = (): Iterable<string> => registry.userIds();
  const codecs = new KnownCodecs();
  /** Users of whom mail was found that cannot be read. */
  const unreadable: string[] = [];
  const ignored = (userId: string): void => void unreadable.push(userId);
  const mail = new NodeMail({
    box: node,
    codecs,
    news: node,
    relay,
    users,
    clock,
    report,
    ignored,
  });
  const mailbox = new Mailbox(registry, {}, report, mail);
  return {
    node,
    mail,
    mailbox,
    errors,
    unreadable,
    forwarded,
    /** A client of the user, which has passed its connect hook. */
    arrive(user = 'ada') {
      const client = connect({ user });
      void mailbox[kArrived](client.connection);
      return client;
    },
  };
}

export type MailingNode = ReturnType<typeof mailNode>;
