import { RoomLog } from '../../../../libs/hub/src/broker/memory/room-log.js';
import { Queries } from '../../../../libs/hub/src/cluster/query/queries.js';
import { RosterChannel } from '../../../../libs/hub/src/cluster/roster/roster-channel.js';
import { RosterSender } from '../../../../libs/hub/src/cluster/roster/roster-sender.js';
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
    rule: 'a history goes by the same name on a server that has lost it',
    finds: 'histories',
    delivery: 'at-most-once',
    seed: 2,
    apply: () => {
      Object.defineProperty(RoomLog.prototype, 'epoch', {
        configurable: true,
        get: () => 'for ever',
        set: () => {},
      });
      return () => Reflect.deleteProperty(RoomLog.prototype, 'epoch');
    },
  },
  {
    rule: 'whoever comes back is told less than what is kept',
    finds: 'recovered',
    delivery: 'at-most-once',
    seed: 9,
    apply: () =>
      patch(
        RoomFeed.prototype,
        'read',
        (real) =>
          async function (this: RoomFeed, whole: boolean) {
            const page = await real.call(this, whole);
            return { ...page, messages: page.messages.slice(-2) };
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
    rule: 'a room never says which version it is at',
    finds: 'presence',
    delivery: 'at-least-once',
    seed: 269,
    apply: () => patch(RosterSender.prototype, 'announce', () => () => {}),
  },
  {
    rule: 'people of a node that is gone stay',
    finds: 'presence',
    delivery: 'at-most-once',
    seed: 3,
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
