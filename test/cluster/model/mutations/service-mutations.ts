import { Queries } from '../../../../libs/hub/src/cluster/query/queries.js';
import { Replica } from '../../../../libs/hub/src/cluster/roster/replica.js';
import { RosterChannel } from '../../../../libs/hub/src/cluster/roster/roster-channel.js';
import { Ahead } from '../../../../libs/hub/src/history/shared/ahead.js';
import { RoomFeed } from '../../../../libs/hub/src/history/shared/room-feed.js';
import { MailPump } from '../../../../libs/hub/src/mailbox/mail-pump.js';
import { NodeMail } from '../../../../libs/hub/src/mailbox/shared/node-mail.js';
import { patch, type Mutation } from './mutation.js';

/** Histories, mail, presence and queries. */
export const SERVICE_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'what comes behind a hole of a history is delivered across it',
    finds: 'histories',
    delivery: 'at-most-once',
    seed: 35,
    apply: () =>
      patch(
        Ahead.prototype,
        'take',
        (real) =>
          function (this: Ahead, offset: number) {
            return real.call(this, offset) ?? real.call(this, offset + 1);
          },
      ),
  },
  {
    rule: 'what was missed of a history is not read',
    finds: 'histories',
    delivery: 'at-most-once',
    seed: 1,
    apply: () =>
      patch(
        RoomFeed.prototype,
        'read',
        (real) =>
          function (this: RoomFeed, whole: boolean) {
            return whole || !this.isLive ? real.call(this, whole) : new Promise(() => {});
          },
      ),
  },
  {
    rule: 'whoever comes back gets less than a history has',
    finds: 'recovered',
    delivery: 'at-most-once',
    seed: 1,
    apply: () =>
      patch(
        RoomFeed.prototype,
        'read',
        (real) =>
          async function (this: RoomFeed, whole: boolean) {
            const page = await real.call(this, whole);
            return whole ? { ...page, messages: page.messages.slice(-1) } : page;
          },
      ),
  },
  {
    rule: 'late news of mail is believed',
    finds: 'mail',
    delivery: 'at-least-once',
    seed: 91,
    apply: () => patch(NodeMail.prototype, 'mayBeOver', () => () => false),
  },
  {
    rule: 'mail is over once somebody has got it',
    finds: 'mail',
    delivery: 'at-most-once',
    seed: 4,
    apply: () =>
      patch(
        MailPump.prototype,
        'given',
        (real) =>
          function (this: MailPump, ...[connection, mail]: Parameters<MailPump['given']>) {
            return real.call(this, connection, { ...mail, acknowledged: false });
          },
      ),
  },
  {
    rule: 'who has come and gone is believed although something before it is missing',
    finds: 'presence',
    delivery: 'at-least-once',
    seed: 15,
    apply: () =>
      patch(
        Replica.prototype,
        'apply',
        (real) =>
          function (this: Replica, delta: Parameters<Replica['apply']>[0]) {
            const base = delta.base === 0 ? 0 : this.version;
            return real.call(this, { ...delta, base });
          },
      ),
  },
  {
    rule: 'people of a node that is gone stay',
    finds: 'presence',
    delivery: 'at-most-once',
    seed: 1,
    apply: () => patch(RosterChannel.prototype, 'lost', () => () => undefined),
  },
  {
    rule: 'a node that has not answered is not missed',
    finds: 'queries',
    delivery: 'at-most-once',
    seed: 1,
    apply: () =>
      patch(
        Queries.prototype,
        'ask',
        (real) =>
          async function (this: Queries, ...given: Parameters<Queries['ask']>) {
            const { answers } = await real.apply(this, given);
            return { answers, missing: [] };
          },
      ),
  },
];
