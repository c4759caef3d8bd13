import { DropNotices } from '../../../../libs/hub/src/cluster/link/drop-notices.js';
import { Outbox } from '../../../../libs/hub/src/cluster/link/outbox.js';
import { Subscriptions } from '../../../../libs/hub/src/cluster/link/subscriptions.js';
import { LocalDelivery } from '../../../../libs/hub/src/cluster/local-delivery.js';
import { Members } from '../../../../libs/hub/src/cluster/members/members.js';
import { ProcessClock } from '../simulated/simulated-clock.js';
import { patch, type Mutation } from './mutation.js';

/** Links, what waits for them, and who is there. */
export const LINK_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'what another server has acknowledged is not sent again',
    finds: 'nothing lost',
    delivery: 'at-least-once',
    seed: 24,
    apply: () => patch(Outbox.prototype, 'replay', () => () => 0),
  },
  {
    rule: 'an outbox drops in silence',
    finds: 'drops counted',
    delivery: 'at-most-once',
    seed: 2,
    apply: () => patch(DropNotices.prototype, 'add', () => () => {}),
  },
  {
    rule: 'an outbox has no bound',
    finds: 'outbox bounded',
    delivery: 'at-least-once',
    seed: 1,
    apply: () => {
      let pushing = false;
      const undo = patch(
        Outbox.prototype,
        'push',
        (real) =>
          function (this: Outbox, ...given: Parameters<Outbox['push']>) {
            pushing = true;
            real.apply(this, given);
            pushing = false;
          },
      );
      const undoBytes = patch(Outbox.prototype, 'bytes', (real) => (pushing ? 0 : real));
      return () => {
        undoBytes();
        undo();
      };
    },
  },
  {
    rule: 'what has no answer when a session ends is neither sent again nor dropped',
    finds: 'nothing pending',
    delivery: 'at-least-once',
    seed: 1,
    apply: () => patch(Outbox.prototype, 'back', () => () => 0),
  },
  {
    rule: 'a session that does not answer is waited for',
    finds: 'nothing pending',
    delivery: 'at-most-once',
    seed: 2,
    apply: () =>
      patch(
        ProcessClock.prototype,
        'after',
        (real) =>
          function (this: ProcessClock, delay: number, call: () => void) {
            return delay === 2_000 ? undefined : real.call(this, delay, call);
          },
      ),
  },
  {
    rule: 'whoever waits for a channel is forgotten when the session ends',
    finds: 'nothing pending',
    delivery: 'at-most-once',
    seed: 1,
    apply: () => patch(Subscriptions.prototype, 'settled', () => () => new Promise<void>(() => {})),
  },
  {
    rule: 'silence of a node is not counted',
    finds: 'members',
    delivery: 'at-most-once',
    seed: 1,
    apply: () =>
      patch(
        Members.prototype,
        'up',
        (real) =>
          function (this: Members) {
            real.call(this);
            this.down();
          },
      ),
  },
  {
    rule: 'what fails on the way to local receivers goes on',
    finds: 'reports',
    delivery: 'at-most-once',
    seed: 1,
    apply: () =>
      patch(
        LocalDelivery.prototype,
        'deliver',
        (real) =>
          function (this: LocalDelivery, given: Parameters<LocalDelivery['deliver']>[0]) {
            real.call(this, {
              ...given,
              address: { ...given.address, rooms: [...given.address.rooms] },
            });
            throw new TypeError('Cannot deliver');
          },
      ),
  },
];
